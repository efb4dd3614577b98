// Command curfew is the command line of Curfew: it asks for elevations, decides on them, shows and ends them, checks
// catalogs and installations, and looks at principals before they are onboarded. README.md has every command with an example; curfew help has the rest.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	"time"
	_ "time/tzdata" // --zone works where the system has no time zones

	"curfew/scripts/curfew/command"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	home, _ := os.UserHomeDir() // without one there are no files of AWS to read
	code := command.Run(ctx, os.Args[1:], command.Env{
		Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr,
		AskTerminal: terminal(os.Stdin) && terminal(os.Stderr), ProgressTerminal: terminal(os.Stderr),
		Getenv: os.Getenv, ReadFile: os.ReadFile, Home: home, Now: time.Now,
	})
	stop()
	os.Exit(code)
}

// terminal reports whether somebody may be at the other end: a character device that is not the null device.
func terminal(f *os.File) bool {
	info, err := f.Stat()
	if err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return false
	}
	null, err := os.Stat(os.DevNull)
	return err != nil || !os.SameFile(info, null)
}
