// Command curfew is the command line of Curfew. README.md has an example of every command; curfew help has the rest.
package main

import (
	"context"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"
	_ "time/tzdata" // --zone works where the system has no time zones

	"curfew/scripts/curfew/command"
	"curfew/scripts/curfew/hold"
	"curfew/scripts/curfew/login"
)

func main() {
	ends := []os.Signal{syscall.SIGTERM}
	if !signal.Ignored(os.Interrupt) { // a shell ignores it for background processes
		ends = append(ends, os.Interrupt)
	}
	ctx, stop := signal.NotifyContext(context.Background(), ends...)
	code := command.Run(ctx, os.Args[1:], command.Env{
		Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr,
		AskTerminal: terminal(os.Stdin) && terminal(os.Stderr), ProgressTerminal: terminal(os.Stderr),
		Getenv: os.Getenv, ReadFile: os.ReadFile, ConfigHome: configHome(), Now: time.Now, Width: func() int { return width(os.Stdout) },
		Environ: os.Environ, Signals: signals, ControllingTerminal: hold.HasTerminal,
		Keyring: login.SystemKeyring{}, HasScreen: login.HasScreen(os.Getenv), OpenBrowser: func(address string) bool { return login.OpenBrowser(address, os.Getenv) },
	})
	stop()
	os.Exit(code)
}

// configHome is the folder for settings, on every system: https://specifications.freedesktop.org/basedir-spec/latest/
func configHome() string {
	if own := os.Getenv("XDG_CONFIG_HOME"); filepath.IsAbs(own) {
		return own
	}
	home, err := os.UserHomeDir()
	if err != nil { // no home, no settings
		return ""
	}
	return filepath.Join(home, ".config")
}

// signals returns the signals from now on. The buffer is larger than what comes before it is read.
func signals(which ...os.Signal) (<-chan os.Signal, func()) {
	got := make(chan os.Signal, 32)
	signal.Notify(got, which...)
	return got, func() { signal.Stop(got) }
}

// terminal reports whether f is a character device, but not the null device.
func terminal(f *os.File) bool {
	info, err := f.Stat()
	if err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return false
	}
	null, err := os.Stat(os.DevNull)
	return err != nil || !os.SameFile(info, null)
}
