{{- /* Ports below 1024 are moved up inside: it does not run as root. */ -}}
{{- define "traefik.inside" -}}
{{- if lt (int .) 1024 -}}{{ add (int .) 8000 }}{{- else -}}{{ int . }}{{- end -}}
{{- end -}}

{{- define "traefik.selector" -}}
app.kubernetes.io/name: traefik
app.kubernetes.io/instance: {{ .Values.app }}
{{- end -}}

{{- define "traefik.labels" -}}
{{ include "traefik.selector" . }}
app.kubernetes.io/managed-by: spotguide
{{- end -}}

{{- /* Every port, as {"all": [{name, port, protocol}]} in JSON. */ -}}
{{- define "traefik.ports" -}}
{{- $all := list (dict "name" "web" "port" 80 "protocol" "TCP") (dict "name" "websecure" "port" 443 "protocol" "TCP") -}}
{{- range .Values.tcp -}}{{- $all = append $all (dict "name" (printf "tcp-%d" (int .)) "port" (int .) "protocol" "TCP") -}}{{- end -}}
{{- range .Values.udp -}}{{- $all = append $all (dict "name" (printf "udp-%d" (int .)) "port" (int .) "protocol" "UDP") -}}{{- end -}}
{{- dict "all" $all | toJson -}}
{{- end -}}
