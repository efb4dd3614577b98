package main

import (
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"
	"unsafe"

	"curfew/shared/access"
)

// pseudoTerminal has two ends: the keys of a person, and the terminal of the program.
func pseudoTerminal(t *testing.T) (person, program *os.File) {
	t.Helper()
	person, err := os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Skipf("no pseudo-terminals here (a system with /dev/ptmx runs this): %v", err)
	}
	t.Cleanup(func() { person.Close() })
	var locked, number int32
	for request, value := range map[uintptr]*int32{syscall.TIOCSPTLCK: &locked, syscall.TIOCGPTN: &number} {
		if _, _, errno := syscall.Syscall(syscall.SYS_IOCTL, person.Fd(), request, uintptr(unsafe.Pointer(value))); errno != 0 {
			t.Fatal(errno)
		}
	}
	program, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { program.Close() })
	return person, program
}

// Ctrl-C reaches the command once, from the terminal, and not through curfew.
func TestTerminalIsTheCommands(t *testing.T) {
	h := newHouse(t)
	person, program := pseudoTerminal(t)
	const script = `n=0; trap 'n=$((n+1))' INT; test -t 0 && test -t 1 && echo ready
		while [ $n = 0 ]; do sleep 0.05; done; sleep 0.3; echo interrupted $n; exit 3`
	p := h.prepare(asks("deploy", shell(script)...)...)
	p.Stdin, p.Stdout, p.Stderr = program, program, program
	p.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { // until the terminal is closed
		b := make([]byte, 4096)
		for {
			n, err := person.Read(b)
			if err != nil {
				return
			}
			_, _ = p.stdout.Write(b[:n])
		}
	}()
	p.says(p.stdout, "ready")
	if _, err := person.WriteString("\x03"); err != nil {
		t.Fatal(err)
	}
	p.ends(3)
	p.says(p.stdout, "interrupted 1")
	p.says(p.stdout, "the command ended with 3")
	if out := p.stdout.String(); !strings.Contains(out, "\r\x1b[K") || strings.Contains(strings.Split(out, "ready")[0], "\n") {
		t.Errorf("progress is not one line that is taken away: %q", out)
	}
	h.becomes(access.Ended, access.Released)
}

// A supervisor that stops a job stops the command with it.
func TestStoppedAndContinued(t *testing.T) {
	h := newHouse(t)
	// A shell that starts something in the foreground waits for its child's exec, and is not seen as stopped if the child was
	// stopped before that: this one starts nothing after it is ready.
	p := h.start("", asks("deploy", shell(`trap 'exit 3' TERM; sleep 60 & echo $$; echo ready; wait`)...)...)
	p.says(p.stdout, "ready")
	command, _, _ := strings.Cut(p.stdout.String(), "\n")
	for _, step := range []struct {
		signal  syscall.Signal
		stopped bool
	}{{syscall.SIGTSTP, true}, {syscall.SIGCONT, false}} {
		if err := p.Process.Signal(step.signal); err != nil {
			t.Fatal(err)
		}
		for _, pid := range []string{fmt.Sprint(p.Process.Pid), command} {
			eventually(t, func() bool { return stopped(t, pid) == step.stopped },
				func() string { return fmt.Sprintf("after %s: stopped = %t, of %s", step.signal, !step.stopped, pid) })
		}
	}
	if err := p.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	p.ends(3)
}

// stopped reports whether a process is, as its third field in proc says.
func stopped(t *testing.T, pid string) bool {
	t.Helper()
	b, err := os.ReadFile("/proc/" + pid + "/stat")
	if err != nil {
		t.Fatal(err)
	}
	_, after, _ := strings.Cut(string(b), ") ")
	return strings.HasPrefix(after, "T")
}
