{{- /* The scripts of a node; POD, SET, ROLE and so on are variables of its pod. They
need sh, java and Kafka's libraries and nothing else of the image. */ -}}
{{- define "kafka.start" -}}
#!/bin/sh
# Writes what is this node's own, formats its volume once, and becomes Kafka.
{{- $facts := include "kafka.facts" . | fromJson }}
{{- $broker := eq .role "broker" }}
set -eu
ordinal=${POD##*-}
id=$((FIRST_ID + ordinal))
host=$POD.{{ .Values.app }}-{{ .role }}s.$NAMESPACE.svc
conf=/tmp/server.properties
data=/var/lib/kafka/data
umask 077
{{- if $facts.tls }}
cat /etc/kafka/tls/tls.key /etc/kafka/tls/tls.crt >/tmp/node.pem
{{- end }}

# The first nodes vote.
roles={{ .role }} voter={{ ternary "" "yes" $broker }}
{{- if .Values.combined }}
if [ "$ordinal" -lt {{ $facts.controllers }} ]; then roles=broker,controller voter=yes; fi
{{- end }}

heap=$((${MEMORY:-0} * {{ int .Values.heapPercent }} / 100))
if [ $heap -lt 128 ]; then heap=128; fi
cleaner=$((heap / 8))
if [ $cleaner -gt 128 ]; then cleaner=128; fi

# The buffer for compaction is all of a small heap unless told otherwise.
echo "log.cleaner.dedupe.buffer.size=$((cleaner * 1024 * 1024))" >$conf
sed -e '/^listeners=/d' /etc/kafka/node/server.properties >>$conf
listeners=$(sed -n 's/^listeners=//p' /etc/kafka/node/server.properties)
{{- if $broker }}
advertised=CLIENTS://$host:9092,REPLICATION://$host:9091
{{- if eq .Values.external.type "NodePort" }}
advertised=$advertised,EXTERNAL://$HOST_IP:$(({{ int .Values.external.firstPort }} + 1 + ordinal))
{{- else if .Values.external.type }}
advertised=$advertised,EXTERNAL://{{ .Values.external.host | replace "{id}" "$ordinal" }}:9094
{{- end }}
{{- else }}
advertised=
{{- end }}
if [ -n "$voter" ]; then
  listeners=${listeners:+$listeners,}CONTROLLER://:9093
  advertised=${advertised:+$advertised,}CONTROLLER://$host:9093
fi
{
  echo
  echo "process.roles=$roles"
  echo "node.id=$id"
  echo "listeners=$listeners"
  echo "advertised.listeners=$advertised"
  if [ -n "${ZONE-}" ]; then echo "broker.rack=$ZONE"; fi
{{- if $facts.scram }}
  for listener in controller{{ if $broker }} replication{{ end }}; do
    echo "listener.name.$listener.plain.sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required username=\"internal\" password=\"$INTERNAL_PASSWORD\" user_internal=\"$INTERNAL_PASSWORD\";"
  done
{{- end }}
} >>$conf

if [ -e $data/meta.properties ]; then
  # A volume of another cluster is never written to.
  found=$(sed -n 's/^cluster.id=//p' $data/meta.properties)
  if [ "$found" != "$CLUSTER_ID" ]; then
    echo "the volume belongs to the cluster $found, not to $CLUSTER_ID: set values.clusterId, or give the node an empty volume" >&2
    exit 1
  fi
else
  set --
  if [ -n "$voter" ]; then
    set -- --initial-controllers {{ range $i, $v := $facts.voters }}{{ if $i }},{{ end }}{{ $v.id }}@{{ $v.host }}:9093:{{ $v.directory }}{{ end }}
{{- if $facts.scram }}
    set -- "$@" --add-scram "SCRAM-SHA-512=[name=admin,password=$ADMIN_PASSWORD]"
{{- end }}
{{- if .Values.metadataVersion }}
    set -- "$@" --release-version {{ .Values.metadataVersion | quote }}
{{- end }}
  fi
  java -Xmx128m -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -cp '/opt/kafka/libs/*' kafka.tools.StorageTool format \
    "--cluster-id=$CLUSTER_ID" --config $conf --ignore-formatted "$@"
fi

exec java -Xms${heap}m -Xmx${heap}m {{ if not (regexMatch "-XX:[+]Use[A-Za-z0-9]+GC" (join " " .Values.jvmOptions)) -}}
  -XX:+UseG1GC -XX:MaxGCPauseMillis=20 -XX:InitiatingHeapOccupancyPercent=35 -XX:+ExplicitGCInvokesConcurrent {{ end }}\
  -XX:+ExitOnOutOfMemoryError -Djava.awt.headless=true \
  -Dlog4j2.configurationFile=/etc/kafka/node/log4j2.xml {{ range .Values.jvmOptions }}{{ . | squote }} {{ end }}\
  -cp '/opt/kafka/libs/*' kafka.Kafka $conf
{{- end -}}

{{- /* How a node's own tools speak to the cluster. */ -}}
{{- define "kafka.tools" -}}
{{- $facts := include "kafka.facts" . | fromJson -}}
umask 077
{
  echo "security.protocol={{ $facts.protocol }}"
  echo "request.timeout.ms=10000"
  echo "default.api.timeout.ms=15000"
{{- if $facts.tls }}
  echo "ssl.truststore.type=PEM"
  echo "ssl.truststore.location=/etc/kafka/tls/ca.crt"
{{- end }}
{{- if $facts.scram }}
  echo "sasl.mechanism=PLAIN"
  echo "sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required username=\"internal\" password=\"$INTERNAL_PASSWORD\";"
{{- end }}
} >/tmp/tools.properties
tool() {
  class=$1
  shift
  timeout 30 java -Xmx96m -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -cp '/opt/kafka/libs/*' "org.apache.kafka.tools.$class" \
    --command-config /tmp/tools.properties "$@" 2>/tmp/tools.log
}
{{- end -}}

{{- /* Seconds for which a node that is to stop waits at most. */ -}}
{{- define "kafka.patience" -}}
{{- if eq .role "broker" }}{{ int .Values.stopPatience }}{{ else }}{{ min 60 (int .Values.stopPatience) }}{{ end -}}
{{- end -}}

{{- define "kafka.stop" -}}
#!/bin/sh
{{- $facts := include "kafka.facts" . | fromJson }}
{{- $broker := eq .role "broker" }}
# Runs before a node is told to stop, whoever wants it: a rolling change, a drain
# of its machine, a person.
{{- if $broker }} A broker waits while some partition that it has a copy of would be
# left with fewer copies in sync than producers demand.
{{- end }}
{{- if or (not $broker) .Values.combined }} A controller waits while the others would
# be no majority, or are behind.
{{- end }}
{{- $replication := printf "%s-brokers.%s.svc:9091" .Values.app .Release.Namespace }}
set -u
ordinal=${POD##*-}
id=$((FIRST_ID + ordinal))
end=$(($(date +%s) + {{ include "kafka.patience" . }}))
{{ include "kafka.tools" . }}
{{- if $broker }}

# Lines are as "Topic: t Partition: 0 Leader: 1 Replicas: 1,2,3 Isr: 1,2 ...": those
# with fewer copies in sync than they have, and this broker among them.
short() {
  awk -v id="$id" '{
    replicas = isr = ""
    for (i = 1; i < NF; i++) {
      if ($i == "Replicas:") replicas = $(i + 1)
      if ($i == "Isr:") isr = $(i + 1)
    }
    if (index("," replicas ",", "," id ",") && split(isr, a, ",") < split(replicas, b, ",")) print
  }'
}

# Whether all partitions can do without this broker.
copies() {
  at=$(tool TopicCommand --bootstrap-server {{ $replication }} --describe --at-min-isr-partitions) &&
    under=$(tool TopicCommand --bootstrap-server {{ $replication }} --describe --under-min-isr-partitions) &&
    [ -z "$(printf '%s\n%s\n' "$at" "$under" | short)" ]
}
{{- end }}
{{- if or (not $broker) .Values.combined }}

# Whether the quorum can do without this controller. Lines are as "NodeId DirectoryId
# LogEndOffset Lag LastFetchTimestamp LastCaughtUpTimestamp Status", times in
# milliseconds by the leader's clock.
quorum() {
  tool MetadataQuorumCommand --bootstrap-controller $POD.{{ .Values.app }}-{{ .role }}s.$NAMESPACE.svc:9093 describe --replication |
    awk -v id="$id" '
      $NF == "Leader" { now = $6 }
      $NF == "Leader" || $NF == "Follower" { voters++; if ($1 != id) seen[$1] = $6 }
      END {
        for (v in seen) if (now - seen[v] < 5000) well++
        exit !(voters == 1 || well > voters / 2)
      }'
}
{{- end }}

while [ "$(date +%s)" -lt $end ]; do
{{- if not $broker }}
  if quorum; then exit 0; fi
{{- else if .Values.combined }}
  if copies && { [ "$ordinal" -ge {{ $facts.controllers }} ] || quorum; }; then exit 0; fi
{{- else }}
  if copies; then exit 0; fi
{{- end }}
  sleep 1
done
exit 0
{{- end -}}

{{- define "kafka.log" -}}
<Configuration status="warn">
  <Appenders>
    <Console name="out"><PatternLayout pattern="%d{yyyy-MM-dd'T'HH:mm:ss.SSSXXX} %p %c{1} %m%n"/></Console>
  </Appenders>
  <Loggers>
    <Logger name="org.apache.kafka" level="info"/>
    <Logger name="kafka.request.logger" level="warn"/>
    <Root level="info"><AppenderRef ref="out"/></Root>
  </Loggers>
</Configuration>
{{- end -}}
