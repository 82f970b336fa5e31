export * from './image-files.ts'
export * from './raster.ts'
