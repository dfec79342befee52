/** A body that names only what is meant: the types made of the API's description ask for all that has a default, too. */
export function only<T>(named: Partial<T>): T {
  return named as T;
}
