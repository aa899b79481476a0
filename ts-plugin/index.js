"use strict";
/**
 * The entry that tsserver loads: `"plugins": [{ "name": "anycall/ts-plugin" }]`. CommonJS, since tsserver resolves as Node 10 did, and
 * it loads nothing: the plugin's code comes later, in the background, and until then every answer is TypeScript's own.
 * tsserver calls the functions of a language service on the object that it is given, so that object is made at once and asks
 * for what there is each time.
 */
module.exports = function init({ typescript }) {
  /** The plugin's code, once it is loaded. */
  let plugin;
  const loading = import("../dist/cli/ts-plugin/plugin.js").then((module) => {
    plugin = module;
  });

  function create(info) {
    const log = (message) => {
      try {
        info.project.projectService.logger.info(`anycall: ${message}`);
      } catch {
        // Nowhere to say it.
      }
    };
    const { languageService } = info;
    const proxy = Object.create(null);
    for (const name of Object.keys(languageService)) proxy[name] = (...args) => languageService[name](...args);

    /** Attached to this project once the code is there; undefined if that failed. */
    let attached;
    loading
      .then(() => {
        attached = plugin.attach(typescript, info, log);
        for (const name of Object.keys(attached.methods)) proxy[name] = attached.methods[name];
        info.project.refreshDiagnostics?.();
      })
      .catch((error) => log(`not loaded: ${(error && error.stack) || error}`));
    proxy.dispose = () => {
      try {
        attached?.dispose();
      } catch (error) {
        log(String(error));
      }
      languageService.dispose();
    };
    return proxy;
  }

  return { create };
};
