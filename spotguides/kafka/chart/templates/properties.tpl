{{- /* server.properties of a role, but for what differs from node to node, which
start.sh adds. A map, so that values.config goes over it. */ -}}
{{- define "kafka.properties" -}}
{{- $v := .Values -}}
{{- $facts := include "kafka.facts" . | fromJson -}}
{{- $broker := eq .role "broker" -}}
{{- $copies := min 3 $facts.brokers -}}
{{- $enough := ternary 2 1 (ge (int $copies) 3) -}}
{{- $quorum := list -}}
{{- range $facts.voters }}{{ $quorum = append $quorum (printf "%s:9093" .host) }}{{ end -}}
{{- $listeners := list -}}
{{- if $broker }}{{ $listeners = list "CLIENTS://:9092" "REPLICATION://:9091" }}{{ end -}}
{{- if and $broker $v.external.type }}{{ $listeners = append $listeners "EXTERNAL://:9094" }}{{ end -}}
{{- $p := dict
  "controller.quorum.bootstrap.servers" (join "," $quorum)
  "controller.listener.names" "CONTROLLER"
  "listener.security.protocol.map" (printf "CONTROLLER:%[1]s,CLIENTS:%[1]s,REPLICATION:%[1]s,EXTERNAL:%[1]s" $facts.protocol)
  "listeners" (join "," $listeners)
  "log.dirs" "/var/lib/kafka/data"
  "default.replication.factor" $copies
  "min.insync.replicas" $enough
  "auto.create.topics.enable" "false" -}}
{{- if $broker -}}
{{- $p = merge $p (dict
  "inter.broker.listener.name" "REPLICATION"
  "offsets.topic.replication.factor" $copies
  "transaction.state.log.replication.factor" $copies
  "transaction.state.log.min.isr" $enough
  "share.coordinator.state.topic.replication.factor" $copies
  "share.coordinator.state.topic.min.isr" $enough
  "replica.selector.class" "org.apache.kafka.common.replica.RackAwareReplicaSelector"
  "controlled.shutdown.enable" "true") -}}
{{- end -}}
{{- if $facts.scram -}}
{{- $p = merge $p (dict
  "authorizer.class.name" "org.apache.kafka.metadata.authorizer.StandardAuthorizer"
  "super.users" "User:internal;User:admin"
  "sasl.mechanism.controller.protocol" "PLAIN"
  "listener.name.controller.sasl.enabled.mechanisms" "PLAIN") -}}
{{- if $broker -}}
{{- $p = merge $p (dict
  "sasl.mechanism.inter.broker.protocol" "PLAIN"
  "listener.name.replication.sasl.enabled.mechanisms" "PLAIN") -}}
{{- range list "clients" "external" -}}
{{- $_ := set $p (printf "listener.name.%s.sasl.enabled.mechanisms" .) "SCRAM-SHA-512" -}}
{{- $_ := set $p (printf "listener.name.%s.scram-sha-512.sasl.jaas.config" .) "org.apache.kafka.common.security.scram.ScramLoginModule required;" -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- if $facts.tls -}}
{{- $p = merge $p (dict
  "ssl.keystore.type" "PEM" "ssl.keystore.location" "/tmp/node.pem"
  "ssl.truststore.type" "PEM" "ssl.truststore.location" "/etc/kafka/tls/ca.crt") -}}
{{- end -}}
{{- $over := $v.config -}}
{{- if not $broker -}}
{{- /* Controllers make topics, by these. */ -}}
{{- $over = merge (dict) $v.controllerConfig (pick $v.config "default.replication.factor" "min.insync.replicas" "num.partitions") -}}
{{- end -}}
{{- range $name, $value := $over -}}
{{- if has $name (list "node.id" "process.roles" "advertised.listeners" "listeners" "log.dirs" "broker.rack") -}}
{{- fail (printf "values.config sets %s, which the guide settles" $name) -}}
{{- end -}}
{{- $_ := set $p $name $value -}}
{{- end -}}
{{- range $name := keys $p | sortAlpha }}
{{ $name }}={{ $value := get $p $name }}{{ if kindIs "float64" $value }}{{ if eq $value (floor $value) }}{{ int64 $value }}{{ else }}{{ $value }}{{ end }}{{ else }}{{ $value }}{{ end }}
{{- end -}}
{{- end -}}
