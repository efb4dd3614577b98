// Command trailbench prints how fast CloudTrail records are attributed, beside valyala/fastjson reading twelve fields of the same records
// in the same run. It uses one core.
//
//	go -C scripts/oracles run ./trailbench -records 200000
package main

import (
	"flag"
	"fmt"
	"os"
	"runtime"
)

func main() {
	records := flag.Int("records", 200_000, "records of the day")
	elevations := flag.Int("elevations", 1_000_000, "elevations of the index")
	stream := flag.Int("stream", 2_000_000, "records of the stream whose memory is watched")
	flag.Parse()
	runtime.GOMAXPROCS(1)
	if err := run(os.Stdout, *records, *elevations, *stream); err != nil {
		fmt.Fprintln(os.Stderr, "trailbench:", err)
		os.Exit(1)
	}
}
