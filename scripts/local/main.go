// Command local runs Curfew on one machine: API, state machine, tables and an IAM world in one process. It is a
// rehearsal: it never calls AWS, even with credentials in the environment, and all it stores is the log of evidence with -log.
//
//	go run ./scripts/local          serves on 127.0.0.1:8080, with a token for each identity of the catalog
//	go run ./scripts/local -play    plays six stories over HTTP, prints what happened and what CloudTrail shows of it
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

type options struct {
	addr, world, catalog, log string
	play, verbose             bool
}

// run returns the exit code: 0 success, 1 failure, 2 wrong command line.
func run(ctx context.Context, args []string, out, errs io.Writer) int {
	var o options
	flags := flag.NewFlagSet("local", flag.ContinueOnError)
	flags.SetOutput(errs)
	flags.StringVar(&o.addr, "addr", "127.0.0.1:8080", "`address` to listen on: 127.0.0.1 or localhost, with a port")
	flags.StringVar(&o.world, "world", "", "IAM world `file`: the output of aws iam get-account-authorization-details (default: an example)")
	flags.StringVar(&o.catalog, "catalog", "", "catalog `directory` (default: the example)")
	flags.StringVar(&o.log, "log", "", "new `folder` for the log of evidence; its rows go to FOLDER.lake (default: with -play a temporary one, else none)")
	flags.BoolVar(&o.play, "play", false, "play six stories on a free port of 127.0.0.1, print them, and exit")
	flags.BoolVar(&o.verbose, "v", false, "log every verb to standard error")
	if err := flags.Parse(args); errors.Is(err, flag.ErrHelp) {
		return 0
	} else if err != nil {
		return 2
	}
	if flags.NArg() > 0 {
		fmt.Fprintf(errs, "local: unexpected argument %q: flags begin with a hyphen, such as -play\n", flags.Arg(0))
		return 2
	}
	if o.catalog != "" && o.world == "" {
		fmt.Fprintln(errs, "local: -catalog without -world: the roles are those of the example; -world FILE gives your own")
	}
	if err := start(ctx, o, out, errs); err != nil {
		fmt.Fprintf(errs, "local: %v\n", err)
		return 1
	}
	return 0
}

func start(ctx context.Context, o options, out, errs io.Writer) error {
	fmt.Fprintln(out, "A rehearsal of Curfew on this machine. It never calls AWS, and all its data but a log is lost when it ends.")
	fmt.Fprintln(out, hurries())
	if o.play {
		o.addr = "127.0.0.1:0"
		if o.log == "" {
			dir, err := os.MkdirTemp("", "curfew-")
			if err != nil {
				return err
			}
			o.log = filepath.Join(dir, "log")
		}
	}
	level := slog.LevelError
	if o.verbose {
		level = slog.LevelDebug
	}
	h, err := newHouse(o, slog.New(slog.NewTextHandler(errs, &slog.HandlerOptions{Level: level})))
	if err != nil {
		return err
	}
	defer h.Close()
	l, err := listen(o.addr)
	if err != nil {
		return err
	}
	base := "http://" + l.Addr().String()
	handler, err := h.handler(base)
	if err != nil {
		return errors.Join(err, l.Close())
	}
	served := make(chan error, 1)
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 5 * time.Second}
	go func() { served <- server.Serve(l) }()
	defer server.Close()
	if o.play {
		return errors.Join(play(ctx, h, base, out), h.report(ctx, base), h.sayEvidence(ctx, out))
	}
	h.welcome(out, base)
	h.inbox.printTo(out)
	select {
	case err := <-served:
		return err
	case <-ctx.Done():
	}
	h.inbox.printTo(nil)
	h.farewell(out)
	return h.sayEvidence(context.WithoutCancel(ctx), out)
}

// listen refuses addresses that other machines can reach: the tokens are printed on the screen.
func listen(addr string) (net.Listener, error) {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, fmt.Errorf("-addr %s: want host:port, such as 127.0.0.1:8080", addr)
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return nil, fmt.Errorf("-addr %s: use 127.0.0.1 or localhost: others must not reach a rehearsal", addr)
	}
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("%w: choose another -addr, such as 127.0.0.1:8081", err)
	}
	return l, nil
}
