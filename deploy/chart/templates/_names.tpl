{{/* The release's name, which says spotguide. */}}
{{- define "spotguide.name" -}}
{{- if contains "spotguide" .Release.Name }}{{ .Release.Name | trunc 50 | trimSuffix "-" }}{{ else }}{{ printf "%s-spotguide" (.Release.Name | trunc 40 | trimSuffix "-") }}{{ end }}
{{- end }}

{{/* What finds the agent's pods; never changes in an upgrade. */}}
{{- define "spotguide.selector" -}}
app.kubernetes.io/name: spotguide
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "spotguide.labels" -}}
{{ include "spotguide.selector" . }}
app.kubernetes.io/part-of: spotguide
{{- end }}

{{- define "spotguide.image" -}}
{{- with .Values.image -}}
{{ .repository }}{{ if .digest }}@{{ .digest }}{{ else }}:{{ .tag | default $.Chart.AppVersion }}{{ end }}
{{- end }}
{{- end }}
