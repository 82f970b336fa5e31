/** A body contradicts what every honest member finds: whoever signed it can be accused of it. Other errors only leave it open. @module */
export class Contradiction extends Error {}
