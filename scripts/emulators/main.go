// Command emulators runs a command against stand-ins for AWS on this machine:
//
//	go run ./scripts/emulators -- go test ./shared/onaws/...
//
// It starts moto (IAM, STS, DynamoDB, Step Functions, SNS, SQS, EventBridge, Secrets Manager) on a free port, with a small
// front before it that answers Lambda invocations, waits until both answer, and runs the command with the environment that
// leads every AWS SDK there and nowhere else. moto ends with the command, whose exit code is passed on. Without a command it
// prints that environment and waits to be interrupted.
//
// It needs Python 3 with moto 5.2.1, and says how to install it if it is missing. launcher.py has what is repaired of moto.
package main

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"time"
)

//go:embed launcher.py
var launcher string

// upWithin is how long moto may take until it answers: half a second on a quiet machine, longer the first time.
const upWithin = 60 * time.Second

func main() {
	command := os.Args[1:]
	if len(command) > 0 && command[0] == "--" {
		command = command[1:]
	}
	err := run(command)
	if exit, ok := errors.AsType[*exec.ExitError](err); ok && exit.ExitCode() > 0 {
		os.Exit(exit.ExitCode())
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "emulators:", err)
		os.Exit(1)
	}
}

func run(command []string) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	defer listener.Close()
	moto, end, err := startMoto(ctx, listener.Addr().(*net.TCPAddr).Port)
	if err != nil {
		return err
	}
	defer end()
	server := &http.Server{Handler: newFront(moto), ReadHeaderTimeout: 10 * time.Second}
	defer server.Close()
	go server.Serve(listener) //nolint:errcheck // it ends with Close, and that is its error

	env := environment("http://" + listener.Addr().String())
	if len(command) == 0 {
		for _, e := range env {
			fmt.Println("export " + e)
		}
		<-ctx.Done()
		return nil
	}
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.Env = append(os.Environ(), env...)
	return cmd.Run()
}

// environment leads an AWS SDK to this address alone, with credentials that are worth nothing anywhere else.
func environment(endpoint string) []string {
	return []string{
		"AWS_ENDPOINT_URL=" + endpoint, "AWS_REGION=us-east-1", "AWS_DEFAULT_REGION=us-east-1",
		"AWS_ACCESS_KEY_ID=emulator", "AWS_SECRET_ACCESS_KEY=emulator", "AWS_SESSION_TOKEN=", "AWS_PROFILE=",
		"AWS_CONFIG_FILE=" + os.DevNull, "AWS_SHARED_CREDENTIALS_FILE=" + os.DevNull, "AWS_EC2_METADATA_DISABLED=true",
		"CURFEW_EMULATORS=1",
	}
}

// startMoto starts moto and waits until it answers. Its engine invokes functions at the port of the front.
func startMoto(ctx context.Context, frontPort int) (address *url.URL, end func(), err error) {
	port, err := freePort()
	if err != nil {
		return nil, nil, err
	}
	var said bytes.Buffer
	cmd := exec.Command("python3", "-c", launcher, "-H", "127.0.0.1", "-p", port)
	cmd.Env = append(os.Environ(), fmt.Sprintf("MOTO_PORT=%d", frontPort), "AWS_ENDPOINT_URL=")
	cmd.Stderr = &said
	// python3 may be a script that starts another process: all of them end together, and nobody waits for a straggler.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.WaitDelay = time.Second
	if err := cmd.Start(); err != nil {
		return nil, nil, fmt.Errorf("starting moto: Python 3 is needed: %w", err)
	}
	exited := make(chan struct{})
	go func() {
		_ = cmd.Wait() // said has what there is to know
		close(exited)
	}()
	end = func() {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) // it may have ended by itself
		<-exited
	}
	ctx, cancel := context.WithTimeout(ctx, upWithin)
	defer cancel()
	address = &url.URL{Scheme: "http", Host: "127.0.0.1:" + port}
	for !answers(ctx, address) {
		select {
		case <-exited:
			return nil, nil, errors.New(strings.TrimSpace(said.String()))
		case <-ctx.Done():
			end()
			return nil, nil, fmt.Errorf("moto does not answer: %w", context.Cause(ctx))
		case <-time.After(50 * time.Millisecond):
		}
	}
	return address, end, nil
}

// freePort is a port that nobody listens on. moto takes a number and no listener.
func freePort() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	return port, err
}

func answers(ctx context.Context, address *url.URL) bool {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address.String()+"/moto-api/data.json", nil)
	if err != nil {
		return false
	}
	answer, err := http.DefaultClient.Do(req)
	if err != nil {
		return false
	}
	defer answer.Body.Close()
	return answer.StatusCode == http.StatusOK
}
