// Package reassign reads and writes Kafka's partition reassignment files, those
// of kafka-reassign-partitions:
//
//	{"version":1,"partitions":[
//	  {"topic":"orders","partition":0,"replicas":[5,6,7],"log_dirs":["any","any","any"]}
//	]}
//
// Format writes one partition a line, sorted, so that a file can be reviewed
// line by line; Kafka's own tools read it as it is. Parse reads any layout, but
// nothing that is not meant: every mistake of a person is told, with its line.
// Check holds a file against a cluster. Rollback is the file that undoes
// another; RollbackName is what it is called, beside the first.
package reassign
