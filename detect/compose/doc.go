// Package compose reads compose files (https://compose-spec.io) and says how
// their services run in a cluster.
//
// The file is read by the specification's own library, and by nothing but its
// content: variables come from the .env file beside it (else .env.example), and
// no other file is read than those of the tree. What a cluster does otherwise
// than a container engine is settled here:
//
//   - A service is reached by its name, and by the aliases, links and the
//     container's name that the file gives it. A name with an underscore, which
//     no Service can have, is replaced where the file's values mention it.
//   - A named volume is a claim that outlives the application: one a replica, or
//     one for all where several services mount it. A folder of the host that the
//     repository lacks is such a volume, too.
//   - A file of the repository that is mounted becomes a ConfigMap, a secret a
//     Secret. A folder is one if it is small, unless it is the source code that
//     the image holds already: that is mounted only while one develops.
//   - depends_on needs no order: what lacks another service starts again. A
//     service whose end others wait for is a Job.
//   - What would reach into the node (privileged, devices, its network, its
//     files) is not given, and told.
package compose
