// Command emulators runs a command against emulators of AWS on this machine:
//
//	go run ./scripts/emulators -- go test ./shared/onaws/...
//
// It starts moto (IAM, STS, DynamoDB, Step Functions, SNS, SQS, S3, EventBridge, Secrets Manager) on a free port, with a
// proxy that answers Lambda invocations. When both answer, it runs the command with an environment that directs every
// AWS SDK to them. It stops moto with the command and returns the command's exit code. Without a command it prints
// the environment and waits for an interrupt.
//
// It needs Python 3 with moto 5.2.1, and says how to install it. launcher.py contains fixes of moto.
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

// upWithin is how long moto may take to answer: half a second on a quiet machine, longer the first time.
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

// environment directs an AWS SDK to this address, with credentials that are invalid elsewhere.
func environment(endpoint string) []string {
	return []string{
		"AWS_ENDPOINT_URL=" + endpoint, "AWS_REGION=us-east-1", "AWS_DEFAULT_REGION=us-east-1",
		"AWS_ACCESS_KEY_ID=emulator", "AWS_SECRET_ACCESS_KEY=emulator", "AWS_SESSION_TOKEN=", "AWS_PROFILE=",
		"AWS_CONFIG_FILE=" + os.DevNull, "AWS_SHARED_CREDENTIALS_FILE=" + os.DevNull, "AWS_EC2_METADATA_DISABLED=true",
		"CURFEW_EMULATORS=1",
	}
}

// startMoto starts moto and waits until it answers. moto's engine invokes functions at frontPort.
func startMoto(ctx context.Context, frontPort int) (address *url.URL, end func(), err error) {
	port, err := freePort()
	if err != nil {
		return nil, nil, err
	}
	var said bytes.Buffer
	cmd := exec.Command("python3", "-c", launcher, "-H", "127.0.0.1", "-p", port)
	cmd.Env = append(os.Environ(), fmt.Sprintf("MOTO_PORT=%d", frontPort), "AWS_ENDPOINT_URL=")
	cmd.Stderr = &said
	// python3 may be a wrapper that starts another process: stop the whole process group.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.WaitDelay = time.Second
	if err := cmd.Start(); err != nil {
		return nil, nil, fmt.Errorf("starting moto: Python 3 is needed: %w", err)
	}
	exited := make(chan struct{})
	go func() {
		_ = cmd.Wait() // the log already has what matters
		close(exited)
	}()
	end = func() {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) // it may have exited already
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

// freePort returns a free port. moto takes a number, not a listener.
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
