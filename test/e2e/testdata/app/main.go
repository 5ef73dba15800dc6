// The application of the end-to-end test: it says which version it is, or exits
// at once when that is "broken".
package main

import (
	"fmt"
	"log"
	"net/http"
	"os"
)

var version string // set by the linker

func main() {
	if version == "broken" {
		log.Fatal("this version does not start")
	}
	http.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		host, _ := os.Hostname()
		fmt.Fprintf(w, "%s from %s", version, host)
	})
	log.Fatal(http.ListenAndServe(":8080", nil))
}
