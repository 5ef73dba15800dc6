{{- /* Definitions only. */ -}}

{{- define "kafka.selector" -}}
app.kubernetes.io/name: {{ .app }}
app.kubernetes.io/component: {{ .role }}
{{- end -}}

{{- define "kafka.labels" -}}
app.kubernetes.io/name: {{ .Values.app }}
app.kubernetes.io/managed-by: spotguide
{{- end -}}

{{- /* A component by its name. */ -}}
{{- define "kafka.component" -}}
{{- range .Values.components }}{{ if eq .name $.role }}{{ toJson . }}{{ end }}{{ end -}}
{{- end -}}

{{- /* Derived from the seed by name: 32 letters and digits. */ -}}
{{- define "kafka.derived" -}}
{{- if .Values.seed -}}
{{ printf "%s/%s" .Values.seed .name | sha256sum | trunc 32 }}
{{- else -}}
made-in-the-cluster
{{- end -}}
{{- end -}}

{{- /* 16 bytes as Kafka writes them, derived from the seed by name. */ -}}
{{- define "kafka.uuid" -}}
{{- if .Values.seed -}}
{{ printf "%s/%s" .Values.seed .name | sha256sum | trunc 21 }}A
{{- else -}}
made-in-the-clusterAAA
{{- end -}}
{{- end -}}

{{- /* What is settled once, as JSON:
  brokers, controllers      how many
  voters                    the controllers, {id, host, directory}
  protocol                  of all listeners
  tls                       the name of the Secret, or nothing */ -}}
{{- define "kafka.facts" -}}
{{- $v := .Values -}}
{{- if not (has $v.authentication (list "none" "scram")) -}}
{{- fail (printf "values.authentication is %q: it must be none or scram" $v.authentication) -}}
{{- end -}}
{{- if not (has $v.spread (list "preferred" "required")) -}}
{{- fail (printf "values.spread is %q: it must be preferred or required" $v.spread) -}}
{{- end -}}
{{- if not (has $v.external.type (list "" "NodePort" "LoadBalancer")) -}}
{{- fail (printf "values.external.type is %q: it must be NodePort or LoadBalancer" $v.external.type) -}}
{{- end -}}
{{- if and (eq $v.external.type "LoadBalancer") (not (contains "{id}" $v.external.host)) -}}
{{- fail (printf "values.external.host is %q: it must hold {id}, which stands for a broker's number" $v.external.host) -}}
{{- end -}}
{{- if and $v.tls.secret $v.tls.issuer -}}
{{- fail "values.tls has a secret and an issuer: leave one out" -}}
{{- end -}}
{{- $broker := include "kafka.component" (dict "Values" $v "role" "broker") | fromJson -}}
{{- $brokers := int $broker.replicas -}}
{{- if lt $brokers 1 -}}
{{- fail "replicas of environment.yaml must be 1 at least: a Kafka cluster without brokers holds nothing" -}}
{{- end -}}
{{- $wanted := int $v.controllers -}}
{{- if ne (mod $wanted 2) 1 -}}
{{- fail (printf "values.controllers is %d: it must be odd" $wanted) -}}
{{- end -}}
{{- $count := $wanted -}}
{{- $set := printf "%s-controller" $v.app -}}
{{- $first := 1000 -}}
{{- if $v.combined -}}
{{- $set = printf "%s-broker" $v.app -}}
{{- $first = 0 -}}
{{- if lt $brokers $count -}}{{- $count = ternary $brokers (sub $brokers 1) (eq (mod $brokers 2) 1) | int -}}{{- end -}}
{{- end -}}
{{- $voters := list -}}
{{- range $n := until $count -}}
{{- $name := printf "controller/%d" $n -}}
{{- $voters = append $voters (dict "id" (add $first $n) "host" (printf "%s-%d.%ss.%s.svc" $set $n $set $.Release.Namespace)
    "directory" (include "kafka.uuid" (dict "Values" $v "name" $name))) -}}
{{- end -}}
{{- $tls := $v.tls.secret -}}
{{- if $v.tls.issuer -}}{{- $tls = printf "%s-tls" $v.app -}}{{- end -}}
{{- $scram := eq $v.authentication "scram" -}}
{{- $protocol := ternary "SASL_" "" $scram -}}
{{- $protocol = printf "%s%s" $protocol (ternary "SSL" "PLAINTEXT" (not (empty $tls))) -}}
{{- dict "brokers" $brokers "controllers" $count "voters" $voters "protocol" $protocol "tls" $tls "scram" $scram
    "clusterId" ($v.clusterId | default (include "kafka.uuid" (dict "Values" $v "name" "cluster"))) | toJson -}}
{{- end -}}
