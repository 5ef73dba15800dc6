package guide

import "strings"

// Stack is what a folder of source code is: how it is built, started and
// reached, as far as its files tell. What they do not tell is empty. Where each
// field was seen stands in Match.Why.
type Stack struct {
	// Kind says how it runs: one of the Kind constants.
	Kind string `json:"kind"`
	// Language is its name in lower case: go, node, python, java, docker, ...
	Language string `json:"language"`
	// Version of the language that is wanted, as its ecosystem writes it: "1.26",
	// "^22", ">=3.12".
	Version string `json:"version,omitempty"`
	// Framework is its name in lower case: gin, next, django, spring-boot, ...
	Framework string `json:"framework,omitempty"`
	// Manager is the package manager or build tool: pnpm, uv, maven, ...
	Manager string `json:"manager,omitempty"`

	// Workspace is the folder in the tree that holds the lock file of this one, a
	// member of it; empty for a folder that stands alone.
	Workspace string `json:"workspace,omitempty"`

	// Shell commands, to be run in the folder; empty when none is needed.
	Install string `json:"install,omitempty"`
	Build   string `json:"build,omitempty"`
	Start   string `json:"start,omitempty"`
	Migrate string `json:"migrate,omitempty"`
	// Schedule says when the clock starts it, as cron does ("0 3 * * *").
	Schedule string `json:"schedule,omitempty"`
	// CGO: it links to code in C, so its build needs a C compiler and it needs the C
	// library to run.
	CGO bool `json:"cgo,omitempty"`
	// Output is the folder of static files that the build makes.
	Output string `json:"output,omitempty"`

	// Ports are what it listens on, the main one first.
	Ports []Port `json:"ports,omitempty"`
	// Protocol is that of the main port: http, grpc, websocket (HTTP with
	// connections that stay open), tcp, or none.
	Protocol string `json:"protocol"`
	// Health is the path of an HTTP endpoint that tells its health.
	Health string `json:"health,omitempty"`

	// Services are what it needs beside it, sorted by kind.
	Services []Service `json:"services,omitempty"`

	// Dockerfile is the folder's own, if it has one, relative to the folder.
	Dockerfile string `json:"dockerfile,omitempty"`
}

// Context is the folder that an image of the stack found in dir is built from.
func (s Stack) Context(dir string) string {
	if s.Workspace == "" || s.Dockerfile != "" {
		return dir
	}
	return s.Workspace
}

// Member is where dir lies in its workspace; empty where it stands alone.
func (s Stack) Member(dir string) string {
	switch context := s.Context(dir); context {
	case dir:
		return ""
	case ".":
		return dir
	default:
		return strings.TrimPrefix(dir, context+"/")
	}
}

// Source is a folder of source code.
type Source struct {
	// Dir is the folder in the tree.
	Dir string `json:"dir"`
	Stack
	// Why holds the evidence of the stack's fields.
	Why []Evidence `json:"why,omitempty"`
}

// The kinds of a Stack. A library is never an application.
const (
	KindService  = "service"  // answers on a port
	KindWorker   = "worker"   // runs on, without a port
	KindJob      = "job"      // runs and ends
	KindCron     = "cron"     // a job that is run by the clock
	KindStatic   = "static"   // files that a web server hands out
	KindFunction = "function" // called by a function runtime
	KindLibrary  = "library"  // part of other programs
)

// The protocols of a Stack that no Port has.
const (
	ProtocolWebSocket = "websocket"
	ProtocolNone      = "none"
)

// Service is something else that an application needs.
type Service struct {
	// Kind is its product: postgresql, mysql, mongodb, redis, kafka, s3, ...
	Kind string `json:"kind"`
	// Role is producer, consumer or both, for a message broker.
	Role string `json:"role,omitempty"`
	// Topics and Groups are those that code or configuration name, sorted.
	Topics []string `json:"topics,omitempty"`
	Groups []string `json:"groups,omitempty"`
	// Optional: it can run without, or with another one in its place.
	Optional bool `json:"optional,omitempty"`
	// Bundled: the program's own packages bring all that a client of it needs.
	Bundled bool `json:"bundled,omitempty"`
	// Beside is the application that it is, of the same compose file.
	Beside string `json:"beside,omitempty"`
}
