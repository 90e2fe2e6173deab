import { afterAll } from "bun:test";
import { MariaDb } from "../../../test/harness/mariadb.ts";
import { tempFolder } from "../../../test/harness/temp-folder.ts";
import { storeConformance } from "../conformance/suite.ts";
import { type MySqlStoreOptions, openMySqlStore } from "./driver.ts";

const server = await MariaDb.start();
afterAll(() => server[Symbol.dispose]());

const open = (database: string, dataDir: string, options: Partial<MySqlStoreOptions> = {}) =>
  openMySqlStore({
    mysql: server.connection(database),
    zone: 480,
    dataDir,
    masterKey: null,
    sandbox: false,
    defaultAppid: null,
    ...options,
  });

storeConformance({
  name: "mysql",
  async place() {
    const folder = tempFolder();
    const database = await server.database();
    return {
      open: () => open(database, folder.path),
      dispose: async () => {
        await server.execute(`DROP DATABASE ${database}`);
        folder[Symbol.dispose]();
      },
    };
  },
});
