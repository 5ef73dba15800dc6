// Package stack tells what a folder of source code is: its language, framework
// and package manager, how it is built and started, what it listens on, and
// which services it needs, each with the file and line that told.
//
// # Tables
//
// What is known of languages, frameworks, services and code stands in tables/,
// as data; each file's head tells its fields. A new framework or service is a
// row there. Go is needed only for a new format of manifest: a pure function
// from its bytes to a Manifest, in a file of its own.
//
// # Order
//
// Where several answers fit, a written order settles it.
//
//   - Language: the first row of languages.yaml that has something to run. A
//     package.json beside a Gemfile serves the Ruby application's assets.
//   - Something to run is a Procfile, a Dockerfile, a start script, a crontab of
//     one entry, a framework that runs by itself, a program that the manifest
//     names, or an entry file; in this order. What says that it is a library
//     needs one of the first three.
//   - Framework: the first row of frameworks.yaml that fits.
//   - Start: Procfile, Dockerfile, manifest, framework, language.
//   - Main port: EXPOSE and then PORT of the Dockerfile's last stage, the start
//     command, configuration that the program reads, its code, .env.example,
//     the framework's default.
//   - Of several SQL databases, those that configuration names are needed and
//     the others optional; where it names none, all of them are.
//
// # Bounds
//
// Only entry files, a few beside them and configuration at known places are
// read, each up to a limit. A manifest that cannot be parsed does not make an
// application vanish: it counts as something to run, and says what is wrong.
package stack
