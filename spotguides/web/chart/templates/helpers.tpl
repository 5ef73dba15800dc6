{{- /* Definitions only. The name has no underscore so that go:embed takes it. */ -}}

{{- /* Labels that select a component's pods: these can never change. */ -}}
{{- define "web.selector" -}}
app.kubernetes.io/name: {{ .app }}
app.kubernetes.io/component: {{ .component.name }}
{{- end -}}

{{- define "web.labels" -}}
{{ include "web.selector" . }}
app.kubernetes.io/managed-by: spotguide
{{- end -}}

{{- /* The first port of a component that speaks one of the protocols, as YAML. */ -}}
{{- define "web.firstPort" -}}
{{- $protocols := .protocols -}}
{{- $found := "" -}}
{{- range .ports -}}
{{- if and (not $found) (has (.protocol | default "http") $protocols) -}}
{{- $found = .name -}}
{{- end -}}
{{- end -}}
{{- $found -}}
{{- end -}}

{{- /* How a probe asks: a path on the http port, else a connect. */ -}}
{{- define "web.handler" -}}
{{- if .command -}}
exec:
  command: {{ toJson .command }}
{{- else if .path -}}
httpGet:
  path: {{ .path | quote }}
  port: {{ required (printf "component %s has a probe path but no http port" .component.name) .http }}
{{- else -}}
tcpSocket:
  port: {{ .tcp }}
{{- end -}}
{{- if .command }}
timeoutSeconds: 10
{{- end -}}
{{- end -}}

{{- define "web.probes" -}}
{{- $http := include "web.firstPort" (dict "ports" .component.ports "protocols" (list "http")) -}}
{{- $tcp := include "web.firstPort" (dict "ports" .component.ports "protocols" (list "http" "grpc" "tcp")) -}}
{{- $probes := .component.probes | default dict -}}
{{- if or $tcp $probes.readiness $probes.liveness $probes.startup $probes.command -}}
{{- $with := dict "component" .component "http" $http "tcp" $tcp -}}
{{- $starts := ternary (dict) (dict "command" $probes.command) (not (empty $probes.startup)) -}}
startupProbe:
  {{- include "web.handler" (merge (dict "path" $probes.startup) $starts $with) | nindent 2 }}
  periodSeconds: 2
  failureThreshold: 150
readinessProbe:
  {{- include "web.handler" (merge (dict "path" $probes.readiness "command" $probes.command) $with) | nindent 2 }}
  periodSeconds: 5
  failureThreshold: 3
{{- if or $tcp $probes.liveness }}
livenessProbe:
  {{- include "web.handler" (merge (dict "path" $probes.liveness) $with) | nindent 2 }}
  periodSeconds: 10
  failureThreshold: 6
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "web.container" -}}
{{- $c := .component -}}
name: {{ $c.name }}
image: {{ $c.image | quote }}
{{- with $c.command }}
command: {{ toJson . }}
{{- end }}
{{- with $c.args }}
args: {{ toJson . }}
{{- end }}
{{- with $c.workingDir }}
workingDir: {{ . | quote }}
{{- end }}
{{- with $c.env }}
env:
{{- range $name, $value := . }}
- name: {{ $name }}
  value: {{ $value | quote }}
{{- end }}
{{- end }}
{{- with .values.secrets }}
envFrom:
{{- range . }}
- secretRef: {name: {{ . }}}
{{- end }}
{{- end }}
{{- with $c.ports }}
ports:
{{- range . }}
- name: {{ .name }}
  containerPort: {{ .port }}
  protocol: {{ ternary "UDP" "TCP" (eq (.protocol | default "http") "udp") }}
{{- end }}
{{- end }}
{{- if not (has $c.workload (list "Job" "CronJob")) }}
{{- with include "web.probes" . }}
{{ . }}
{{- end }}
{{- end }}
{{- with $c.resources }}
resources:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $c.volumes }}
volumeMounts:
{{- range . }}
- name: {{ .name }}
  mountPath: {{ .mount | quote }}
  {{- with .subPath }}
  subPath: {{ . | quote }}
  {{- end }}
  {{- if .readOnly }}
  readOnly: true
  {{- end }}
{{- end }}
{{- end }}
securityContext:
  allowPrivilegeEscalation: false
  {{- if eq .values.security "restricted" }}
  capabilities:
    drop: [ALL]
  {{- end }}
{{- end -}}

{{- define "web.lowPort" -}}
{{- range .component.ports }}{{ if lt (int .port) 1024 }}yes{{ end }}{{ end -}}
{{- end -}}

{{- define "web.pod" -}}
metadata:
  labels:
    {{- include "web.labels" . | nindent 4 }}
  {{- if or .values.podAnnotations .component.filesHash }}
  annotations:
    {{- with .component.filesHash }}
    spotguide.dev/files: {{ . | quote }}
    {{- end }}
    {{- with .values.podAnnotations }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  {{- end }}
spec:
  {{- if has .component.workload (list "Job" "CronJob") }}
  restartPolicy: OnFailure
  {{- end }}
  serviceAccountName: {{ .app }}
  automountServiceAccountToken: {{ .values.automountServiceAccountToken }}
  # The variables that Kubernetes derives from Services' names (REDIS_PORT) would be
  # read as settings.
  enableServiceLinks: false
  {{- with .values.imagePullSecrets }}
  imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
  {{- end }}
  {{- with .values.terminationGracePeriodSeconds }}
  terminationGracePeriodSeconds: {{ int . }}
  {{- end }}
  securityContext:
    {{- if eq .values.security "restricted" }}
    runAsNonRoot: true
    {{- end }}
    {{- $user := .values.runAsUser }}
    {{- if hasKey .component "user" }}{{ $user = .component.user }}{{ end }}
    {{- if not (kindIs "invalid" $user) }}
    runAsUser: {{ int64 $user }}
    {{- end }}
    {{- if hasKey .component "user" }}
    runAsGroup: {{ int64 $user }}
    {{- end }}
    {{- if include "web.lasting" .component }}
    # Whoever the image runs as may write to its volumes: they belong to this group.
    fsGroup: {{ int64 ($user | default 65534) }}
    fsGroupChangePolicy: OnRootMismatch
    {{- end }}
    seccompProfile:
      type: RuntimeDefault
    {{- if include "web.lowPort" . }}
    # Ports below 1024 need no privilege, as in a container engine.
    sysctls:
    - {name: net.ipv4.ip_unprivileged_port_start, value: "0"}
    {{- end }}
  {{- $spread := .component.spread | default dict }}
  {{- if and (ne .component.workload "DaemonSet") (or $spread.zones $spread.nodes) }}
  topologySpreadConstraints:
  {{- range list (list "topology.kubernetes.io/zone" $spread.zones) (list "kubernetes.io/hostname" $spread.nodes) }}
  {{- if last . }}
  - topologyKey: {{ first . }}
    maxSkew: {{ int (last .) }}
    whenUnsatisfiable: {{ ternary "DoNotSchedule" "ScheduleAnyway" (default false $spread.required) }}
    labelSelector:
      matchLabels:
        {{- include "web.selector" $ | nindent 8 }}
  {{- end }}
  {{- end }}
  {{- end }}
  containers:
  - {{- include "web.container" . | nindent 4 }}
  {{- with include "web.volumes" .component }}
  volumes:
  {{- . | nindent 2 }}
  {{- end }}
{{- end -}}

{{- /* The volumes of a pod, but for those that a StatefulSet makes. */ -}}
{{- define "web.volumes" -}}
{{- range .volumes }}
{{- if .object }}
- name: {{ .name }}
  {{- if .secret }}
  secret:
    secretName: {{ .object }}
  {{- else }}
  configMap:
    name: {{ .object }}
  {{- end }}
    items:
    {{- range .files }}
    - {key: {{ .key }}, path: {{ .path | quote }}, mode: {{ int .mode }}}
    {{- end }}
{{- else if .claim }}
- name: {{ .name }}
  persistentVolumeClaim:
    claimName: {{ .claim }}
{{- else if not .own }}
- name: {{ .name }}
  emptyDir: {{ ternary "{medium: Memory}" "{}" (default false .memory) }}
{{- end }}
{{- end }}
{{- end -}}

{{- define "web.lasting" -}}
{{- range .volumes }}{{ if or .size .claim }}yes{{ end }}{{ end -}}
{{- end -}}

{{- define "web.claim" -}}
accessModes: [ReadWriteOnce]
{{- with .storageClass }}
storageClassName: {{ . }}
{{- end }}
resources:
  requests: {storage: {{ .size }}}
{{- end -}}

{{- /* What a StatefulSet makes for each of its pods. */ -}}
{{- define "web.claims" -}}
{{- range .volumes }}
{{- if .own }}
- metadata:
    name: {{ .name }}
  spec:
    {{- include "web.claim" . | nindent 4 }}
{{- end }}
{{- end }}
{{- end -}}
