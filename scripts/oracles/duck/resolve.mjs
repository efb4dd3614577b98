// The package imports files without their endings, and folders, which Node does not find.
export async function resolve(name, context, next) {
  for (const end of ["", ".js"]) {
    try {
      return await next(name + end, context);
    } catch {}
  }
  return next(name + "/index.js", context);
}
