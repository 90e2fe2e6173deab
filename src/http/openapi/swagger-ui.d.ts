/** Files of the package, imported as the paths under which the executable has them. */
declare module "swagger-ui-dist/*" {
  const path: string;
  export default path;
}
