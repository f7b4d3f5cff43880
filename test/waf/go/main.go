// Command waf is a web application firewall before a server that answers 200 to everything: Coraza with the OWASP core rule set.
//
// It listens on a free port of the loopback address, and ends with its standard input. The first line that it prints is its address,
// each further one is a rule that matched.
package main

import (
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"time"

	coreruleset "github.com/corazawaf/coraza-coreruleset/v4"
	"github.com/corazawaf/coraza/v3"
	corazahttp "github.com/corazawaf/coraza/v3/http"
	"github.com/corazawaf/coraza/v3/types"
)

func main() {
	if len(os.Args) != 2 {
		log.Fatal("usage: waf <file with directives>")
	}
	directives, err := os.ReadFile(os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	firewall, err := coraza.NewWAF(coraza.NewWAFConfig().
		WithRootFS(coreruleset.FS).
		WithDirectives(string(directives)).
		WithErrorCallback(func(matched types.MatchedRule) {
			fmt.Printf("rule %d: %s\n", matched.Rule().ID(), matched.Message())
		}))
	if err != nil {
		log.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(listener.Addr())
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	answer := http.HandlerFunc(func(response http.ResponseWriter, request *http.Request) {
		_, _ = io.Copy(io.Discard, request.Body)
		_, _ = io.WriteString(response, "ok")
	})
	server := http.Server{Handler: corazahttp.WrapHandler(firewall, answer), ReadHeaderTimeout: time.Minute}
	log.Fatal(server.Serve(listener))
}
