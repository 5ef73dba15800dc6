// Package render turns one application of a tree into its complete set of
// Kubernetes objects. It is the only user of Helm and Kustomize.
//
// # Engines
//
// manifests: every *.yaml, *.yml and *.json file below the application's folder
// that holds Kubernetes objects, as it is. Hidden files and folders are left
// out, and with a notice: charts and kustomizations in subfolders, files that
// hold no Kubernetes objects. YAML is read as kubectl reads it (YAML 1.1
// booleans, octal numbers), except that a key given twice is an error.
//
// kustomize: the folder's kustomization. Its files may lie anywhere in the
// repository and nowhere else. Remote resources, plugins other than the built-in
// ones and helmCharts are refused. Plugin configurations (generators,
// transformers, validators) are inline or files, never kustomizations.
//
// helm: the folder's chart; values are the chart's values.yaml, over them the
// environment's valuesFiles, over them its values. .Release.Name is the
// application's name, .Release.Service is "Helm" and every rendering is an
// install. There is no cluster to `lookup` in and no DNS. Dependencies must be
// vendored in charts/. Test hooks and NOTES.txt are left out. Install and
// upgrade hooks become ordinary objects with the annotation
// spotguide.dev/stage: "early" (pre-install, pre-upgrade) or "late"
// (post-install, post-upgrade); those that are Jobs or Pods also get
// spotguide.dev/force: "true", so that they run again when they change. Delete and
// rollback hooks are left out with a notice. Argo CD's hooks (PreSync, PostSync and
// those for failures and deletion) go the same way, whatever the engine.
//
// chart: the guide's own chart; see ChartValues for what it is given.
//
// # The set
//
// Lists are flattened. Every object has apiVersion, kind and a name, and none is
// there twice; the order is the engine's, with CustomResourceDefinitions and
// Namespaces first in Helm's case. metadata.namespace stays as written.
// An object with metadata.generateName is named after its content. A Job loses its
// ttlSecondsAfterFinished, with a notice: once cleaned away it would be run again. The SLA's
// autoscaling adds a HorizontalPodAutoscaler to a workload that has none.
// spec.replicas is left out of what is scaled so, and is raised to the SLA's floor
// elsewhere. Files encrypted with SOPS are refused.
//
// # Isolation
//
// Trees are read through the given fs.FS only. Helm, Kustomize and large
// manifests run in a child process: the same binary, started with
// Options.Worker, whose hidden command calls RunWorker. The child reads the
// tree through its parent over a pipe. It can open no file and no socket and
// start no process, has an empty environment, bounded memory, and is killed
// when it takes too long.
//
// # Errors
//
// What is wrong with the repository is told as *Error, all problems at once,
// joined. Any other error (a worker that cannot be started, a cancelled
// context) says nothing about the repository: try again.
package render
