// Command standingbench measures the search for paths on an account that it makes up: 5,000 roles, 500 users and 10,000 policies, as
// `aws iam get-account-authorization-details` prints them. It prints seconds, memory and paths, and fails beyond its limits.
//
//	go run ./scripts/standingbench
//	go run ./scripts/standingbench -review -accounts 5
package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"

	"curfew/shared/authdetails"
	"curfew/shared/escalation"
)

func main() {
	accounts := flag.Int("accounts", 1, "accounts that share the roles")
	seed := flag.Int64("seed", 1, "of the made-up account")
	report := flag.Bool("report", false, "measure the whole report of package standing, and the plans of 500 principals")
	review := flag.Bool("review", false, "measure what function review computes of one of the accounts: with -accounts 5 one of 1,000 roles")
	limit := flag.Float64("seconds", 30, "that reading and searching may take")
	flag.Parse()
	runtime.GOMAXPROCS(1)
	var file bytes.Buffer
	g := newGenerator(*seed, *accounts)
	read := *accounts
	if *review {
		read = 1
	}
	for i := range read {
		if err := json.NewEncoder(&file).Encode(g.account(i)); err != nil {
			fail(err)
		}
	}
	fmt.Printf("input: %d MB, %d accounts\n", file.Len()>>20, read)
	work := measure
	if *report {
		work = measureReport
	}
	if *review {
		work = measureReview
	}
	seconds, err := work(&file)
	if err != nil {
		fail(err)
	}
	if memory := peak(); seconds > *limit || memory > 1<<10 {
		fail(fmt.Errorf("%.1f s and %d MB: at most %.0f s and 1024 MB", seconds, memory, *limit))
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "standingbench:", err)
	os.Exit(1)
}

func measure(file *bytes.Buffer) (float64, error) {
	begin := spent()
	d, err := authdetails.Read(file, nil)
	if err != nil {
		return 0, err
	}
	read := spent()
	documents := 0
	for _, p := range d.Principals {
		documents += len(p.Policies.Identity)
	}
	fmt.Printf("read: %.1f s: %d principals, %d managed policies, %d policies of principals, %d problems\n",
		read-begin, len(d.Principals), len(d.Policies), documents, len(d.Problems))
	g := escalation.Find(d, escalation.Options{Now: time.Now()})
	found := spent()
	fmt.Printf("find: %.1f s\n", found-read)
	paths, admins, reach, longest, cut := 0, 0, 0, 0, 0
	slowest, at := 0.0, ""
	for _, p := range d.Principals {
		before := spent()
		if is, _ := g.Admin(p); is {
			admins++
		}
		all, complete := g.Search(p)
		if !complete {
			cut++
		}
		paths += len(all)
		if len(all) > 0 && all[0].Admin {
			reach++
			longest = max(longest, len(all[0].Steps))
		}
		if took := spent() - before; took > slowest {
			slowest, at = took, p.Name
		}
	}
	end := spent()
	fmt.Printf("paths: %.1f s: %d paths; %d administrators, %d others can become one, in at most %d steps; %d searches cut off; slowest: %s, %.2f s\n",
		end-found, paths, admins, reach, longest, cut, at, slowest)
	fmt.Printf("together: %.1f s of CPU, %d MB at most\n", end-begin, peak())
	return end - begin, nil
}

// spent is the CPU time of the process in seconds.
func spent() float64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		fail(err)
	}
	return float64(u.Utime.Nano()+u.Stime.Nano()) / 1e9
}

// peak is the most memory that the process had, in MB.
func peak() int {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		fail(err)
	}
	for line := range strings.Lines(string(status)) {
		if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			kilobytes, _ := strconv.Atoi(strings.Fields(rest)[0])
			return kilobytes >> 10
		}
	}
	return 0
}
