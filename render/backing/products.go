package backing

import (
	"fmt"
	"strings"
)

// postgresql, as the image postgres of Docker's library has it; user 70 is its
// postgres.
func (a Application) postgresql(s *Service, version string) {
	name := strings.ReplaceAll(a.Name, "-", "_")
	password := a.password(s.Kind)
	s.Image, s.Port, s.User = "docker.io/library/postgres:"+version+"-alpine", 5432, 70
	s.Mount = "/var/lib/postgresql/data"
	s.Env = map[string]string{"PGDATA": s.Mount + "/pgdata"} // a volume's root may hold lost+found
	s.FromSecret = map[string]string{"POSTGRES_USER": "PGUSER", "POSTGRES_PASSWORD": "PGPASSWORD", "POSTGRES_DB": "PGDATABASE"}
	s.Ready = []string{"sh", "-c", `pg_isready -h 127.0.0.1 -U "$POSTGRES_USER" -d "$POSTGRES_DB"`}
	s.Secret = map[string]string{
		"PGHOST": s.Name, "PGPORT": "5432", "PGUSER": name, "PGPASSWORD": password, "PGDATABASE": name,
		"DATABASE_URL": fmt.Sprintf("postgresql://%s:%s@%s:5432/%s", name, password, s.Name, name),
	}
	if a.java() {
		s.Secret["SPRING_DATASOURCE_URL"] = fmt.Sprintf("jdbc:postgresql://%s:5432/%s", s.Name, name)
		s.Secret["SPRING_DATASOURCE_USERNAME"], s.Secret["SPRING_DATASOURCE_PASSWORD"] = name, password
	}
}

// redis, as the image redis of Docker's library has it.
func (a Application) redis(s *Service, version string) {
	password := a.password(s.Kind)
	s.Image, s.Port, s.User = "docker.io/library/redis:"+version+"-alpine", 6379, 999
	s.Mount = "/data"
	s.Args = []string{"sh", "-c", `exec redis-server --appendonly yes --dir /data --requirepass "$REDIS_PASSWORD"`}
	s.FromSecret = map[string]string{"REDIS_PASSWORD": "REDIS_PASSWORD"}
	s.Ready = []string{"sh", "-c", `redis-cli -a "$REDIS_PASSWORD" --no-auth-warning ping | grep -q PONG`}
	s.Secret = map[string]string{
		"REDIS_HOST": s.Name, "REDIS_PORT": "6379", "REDIS_PASSWORD": password,
		// Redis' own client would take a missing user for one without a name.
		"REDIS_URL": fmt.Sprintf("redis://default:%s@%s:6379/0", password, s.Name),
	}
	if a.java() {
		s.Secret["SPRING_DATA_REDIS_URL"] = s.Secret["REDIS_URL"]
	}
}

// kafka: one node that is controller and broker, without ZooKeeper, as the image
// apache/kafka takes its configuration from variables. It is for applications'
// development; its clients are those of the namespace, and need no password.
func (a Application) kafka(s *Service, version string) {
	s.Image, s.Port, s.User = "docker.io/apache/kafka:"+version, 9092, 1000
	s.Mount = "/var/lib/kafka"
	address := s.Name + ":9092"
	s.Env = map[string]string{
		"CLUSTER_ID": a.uuid(s.Kind), "KAFKA_NODE_ID": "1", "KAFKA_PROCESS_ROLES": "broker,controller",
		"KAFKA_LISTENERS":            "PLAINTEXT://:9092,CONTROLLER://127.0.0.1:9093",
		"KAFKA_ADVERTISED_LISTENERS": "PLAINTEXT://" + address, "KAFKA_CONTROLLER_LISTENER_NAMES": "CONTROLLER",
		"KAFKA_LISTENER_SECURITY_PROTOCOL_MAP": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
		"KAFKA_CONTROLLER_QUORUM_VOTERS":       "1@127.0.0.1:9093", "KAFKA_LOG_DIRS": s.Mount + "/data",
		// One node keeps one copy.
		"KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR": "1", "KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR": "1",
		"KAFKA_TRANSACTION_STATE_LOG_MIN_ISR": "1", "KAFKA_SHARE_COORDINATOR_STATE_TOPIC_REPLICATION_FACTOR": "1",
		"KAFKA_SHARE_COORDINATOR_STATE_TOPIC_MIN_ISR": "1",
	}
	s.Ready = []string{"sh", "-c", "/opt/kafka/bin/kafka-broker-api-versions.sh --bootstrap-server 127.0.0.1:9092 >/dev/null"}
	s.Secret = map[string]string{"KAFKA_BROKERS": address, "KAFKA_BOOTSTRAP_SERVERS": address}
	if a.java() {
		s.Secret["SPRING_KAFKA_BOOTSTRAP_SERVERS"] = address
	}
}
