package main

import (
	"bufio"
	"net/http"
	"os/exec"
	"path/filepath"
	"regexp"
	"syscall"
	"testing"
	"time"
)

var listening = regexp.MustCompile(`Listening on (http://[0-9.]+:[0-9]+)`)

// BenchmarkStart measures from the start of the built program to its first HTTP answer.
func BenchmarkStart(b *testing.B) {
	program := filepath.Join(b.TempDir(), "local")
	if out, err := exec.Command("go", "build", "-o", program, ".").CombinedOutput(); err != nil {
		b.Fatalf("%v: %s", err, out)
	}
	var all time.Duration
	for b.Loop() {
		began := time.Now()
		cmd := exec.Command(program, "-addr", "127.0.0.1:0")
		out, err := cmd.StdoutPipe()
		if err != nil {
			b.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			b.Fatal(err)
		}
		base := ""
		for lines := bufio.NewScanner(out); base == "" && lines.Scan(); {
			if m := listening.FindStringSubmatch(lines.Text()); m != nil {
				base = m[1]
			}
		}
		resp, err := http.Get(base + "/v1/openapi.json")
		if err != nil {
			b.Fatal(err)
		}
		resp.Body.Close()
		all += time.Since(began)
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait()
	}
	b.ReportMetric(float64(all.Milliseconds())/float64(b.N), "ms-to-first-answer")
}
