/**
 * A queue whose operations cost the same however long it is.
 *
 * @since 0.1.0
 */

/**
 * @since 0.1.0
 * @category models
 */
export class Fifo<A> {
  private items: Array<A | undefined> = []
  private head = 0
  /** What was put back in front, last first. */
  private front: Array<A> = []

  get length(): number {
    return this.items.length - this.head + this.front.length
  }

  push(item: A): void {
    this.items.push(item)
  }

  unshift(item: A): void {
    this.front.push(item)
  }

  /** The next, which stays. */
  peek(): A | undefined {
    return this.front.length > 0 ? this.front.at(-1) : this.items[this.head]
  }

  shift(): A | undefined {
    if (this.front.length > 0) return this.front.pop()
    if (this.head === this.items.length) return undefined
    const item = this.items[this.head]
    this.items[this.head++] = undefined
    // half of it is holes: moving the rest costs no more than the shifts that made them
    if (this.head > 64 && this.head * 2 > this.items.length) {
      this.items = this.items.slice(this.head)
      this.head = 0
    }
    return item
  }
}
