#!/bin/sh
# A Kafka cluster of processes on this machine; README.md tells the commands.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
libs=$here/../../bin/kafka
dir=${KAFKA_DIR:-$here/../../.cluster/kafka}
# Below the range from which bin/cluster takes its ports.
port=${KAFKA_PORT:-19090}
id=spotguideKafkaTestsAAA
controller=100

fetch() {
	# What is there is what the pom names.
	cmp -s "$here/pom.xml" "$libs/complete" && return
	mvn -B -q -f "$here/pom.xml" org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies \
		-DincludeScope=runtime -DoutputDirectory="$libs" -Dstyle.color=never >&2
	cp "$here/pom.xml" "$libs/complete"
}

# configure NODE RACK
configure() {
	mkdir -p "$dir/$1"
	{
		echo "node.id=$1"
		echo "log.dirs=$dir/$1/data"
		echo "controller.quorum.voters=$controller@127.0.0.1:$port"
		echo "controller.listener.names=CONTROLLER"
		if [ "$1" = "$controller" ]; then
			echo "process.roles=controller"
			echo "listeners=CONTROLLER://127.0.0.1:$port"
		else
			echo "process.roles=broker"
			echo "listeners=PLAINTEXT://127.0.0.1:$((port + $1)),SASL_SSL://127.0.0.1:$((port + 10 + $1))"
			echo "ssl.keystore.location=$dir/keystore"
			echo "broker.rack=$2"
		fi
		cat "$here/server.properties"
	} >"$dir/$1/server.properties"
	[ -e "$dir/$1/data/meta.properties" ] ||
		(jvm kafka.tools.StorageTool format "-t=$id" ${KAFKA_RELEASE:+--release-version "$KAFKA_RELEASE"} -c "$dir/$1/server.properties" >"$dir/$1/format.log" 2>&1)
}

# certify makes the key of all brokers and the certificate that clients trust.
certify() {
	[ -e "$dir/ca.crt" ] && return
	mkdir -p "$dir"
	keytool -genkeypair -alias broker -keyalg EC -dname CN=broker -ext san=ip:127.0.0.1 -validity 3650 \
		-storetype PKCS12 -keystore "$dir/keystore" -storepass changeit 2>/dev/null
	keytool -exportcert -rfc -alias broker -keystore "$dir/keystore" -storepass changeit >"$dir/ca.crt" 2>/dev/null
}

jvm() {
	exec java -Xms64m -Xmx256m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 \
		-Dorg.slf4j.simpleLogger.defaultLogLevel=warn -Dorg.slf4j.simpleLogger.showDateTime=true -cp "$libs/*" "$@"
}

start() {
	(jvm kafka.Kafka "$dir/$1/server.properties" >>"$dir/$1/log" 2>&1 </dev/null) &
	echo $! >"$dir/$1/pid"
}

# stop NODE SIGNAL
stop() {
	[ -e "$dir/$1/pid" ] || return 0
	pid=$(cat "$dir/$1/pid")
	rm "$dir/$1/pid"
	kill "-$2" "$pid" 2>/dev/null || return 0
	while kill -0 "$pid" 2>/dev/null; do sleep 0.1; done
}

case ${1-} in
fetch) fetch ;;
up)
	fetch
	certify
	configure $controller "" &
	waited=$!
	for node in 1 2 3 4; do
		configure $node "zone-$((node % 3))" &
		waited="$waited $!"
	done
	for pid in $waited; do wait "$pid"; done
	for node in $controller 1 2 3 4; do
		[ -e "$dir/$node/pid" ] || start $node
	done
	echo "127.0.0.1:$((port + 1)),127.0.0.1:$((port + 2)),127.0.0.1:$((port + 3)),127.0.0.1:$((port + 4))"
	;;
start) start "$2" ;;
kill) stop "$2" KILL ;;
wipe)
	stop "$2" KILL
	rm -rf "$dir/$2/data"
	rack=$(sed -n 's/^broker.rack=//p' "$dir/$2/server.properties")
	configure "$2" "$rack"
	;;
down)
	for node in 1 2 3 4 $controller; do stop $node KILL; done
	rm -rf "$dir"
	;;
*)
	echo "usage: cluster.sh fetch | up | kill NODE | wipe NODE | start NODE | down" >&2
	exit 2
	;;
esac
