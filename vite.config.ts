/**
 * Builds the page: `web/` with `public/` beside it into `dist/web`, which a seed serves.
 *
 * The service worker keeps what the page itself is made of, so that it opens offline. What only training needs (the
 * worker, its engines, their WebAssembly) is not fetched before somebody contributes, and kept from then on.
 * @module
 */
import { fileURLToPath } from 'node:url'
import { defineConfig, type UserConfig } from 'vite'
import { VitePWA } from 'vite-plugin-pwa'

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url))

/** Folders tell apart what the service worker keeps from the start and what it does not. */
const names = (folder: string) => ({
  entryFileNames: `assets/${folder}/[name]-[hash].js`,
  chunkFileNames: `assets/${folder}/[name]-[hash].js`,
})

export const jsx = { jsx: { runtime: 'automatic', importSource: 'preact' } } satisfies UserConfig['oxc']

export default defineConfig({
  root: path('web'),
  publicDir: path('public'),
  oxc: jsx,
  build: {
    outDir: path('dist/web'),
    emptyOutDir: true,
    target: 'es2023',
    // WebAssembly stays a file of its own.
    assetsInlineLimit: 0,
    // libp2p, one chunk of its own, loaded with the first start.
    chunkSizeWarningLimit: 800,
    rolldownOptions: { output: names('page') },
  },
  worker: { format: 'es', rolldownOptions: { output: names('training') } },
  plugins: [
    VitePWA({
      registerType: 'prompt',
      injectRegister: false,
      manifest: {
        name: 'Zen Mesh',
        short_name: 'Zen Mesh',
        description: 'Trains one model on many devices at once, browser to browser.',
        lang: 'en',
        display: 'standalone',
        theme_color: '#0b6b49',
        background_color: '#f4f6f3',
        categories: ['education', 'utilities'],
        screenshots: [
          { src: '/screenshot-desktop.png', sizes: '1280x900', type: 'image/png', form_factor: 'wide' },
          { src: '/screenshot-phone.png', sizes: '780x1688', type: 'image/png', form_factor: 'narrow' },
        ],
        icons: [
          { src: '/icon-192.png', sizes: '192x192', type: 'image/png' },
          { src: '/icon-512.png', sizes: '512x512', type: 'image/png' },
          { src: '/icon-maskable-512.png', sizes: '512x512', type: 'image/png', purpose: 'maskable' },
          { src: '/favicon.svg', sizes: 'any', type: 'image/svg+xml' },
        ],
      },
      workbox: {
        globPatterns: [
          'index.html',
          'assets/page/*.js',
          'assets/*.css',
          'assets/hanken-grotesk-latin-wght-*.woff2',
          '{favicon.svg,icon-*.png,apple-touch-icon.png}',
        ],
        navigateFallbackDenylist: [/^\/api\//, /^\/metrics/, /^\/healthz/],
        runtimeCaching: [
          {
            // Names hold a hash of the content: what is cached is never stale.
            urlPattern: ({ url, sameOrigin }) => sameOrigin && url.pathname.startsWith('/assets/'),
            handler: 'CacheFirst',
            options: { cacheName: 'assets', expiration: { maxEntries: 40 } },
          },
        ],
      },
    }),
  ],
})
