// Command logyear makes the log of a year in a folder, and verifies it with Curfew and with Tessera's fsck:
//
//	go -C scripts/oracles run ./logyear -days 365 -elevations 1000 -folder /tmp/log
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"runtime"
	"time"

	"curfew/scripts/oracles/loglife"
	"curfew/shared/evidence/log"
)

func main() {
	days := flag.Int("days", 365, "days")
	daily := flag.Int("elevations", 1000, "elevations a day")
	folder := flag.String("folder", "", "an empty folder")
	flag.Parse()
	if err := run(context.Background(), *days, *daily, *folder); err != nil {
		fmt.Fprintln(os.Stderr, "logyear:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, days, daily int, folder string) error {
	m, began := loglife.NewMaker(folder), time.Now()
	for day := range days {
		for i := range daily {
			m.Life(day*daily+i, time.Duration(day)*24*time.Hour+time.Duration(i)*time.Second)
		}
		if err := m.Publish(ctx); err != nil {
			return err
		}
	}
	fmt.Printf("%d elevations, %d entries, a checkpoint a day, made in %.1f s\n", days*daily, m.Size, time.Since(began).Seconds())
	began = time.Now()
	r, err := log.Verify(ctx, &log.Folder{Path: folder}, log.Options{Keys: []string{m.Key}})
	if err != nil {
		return err
	}
	if !r.Verified() {
		return fmt.Errorf("curfew verify: %v", r.Problems)
	}
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	fmt.Printf("curfew verify: %d entries, %d records of %d chains, %d rows, in %.1f s; %d MB from the system\n", r.Size, r.Counts.Records, r.Counts.Chains, r.Counts.Rows, time.Since(began).Seconds(), memory.Sys>>20)
	began = time.Now()
	if err := loglife.Fsck(ctx, folder, m.Key, time.Hour); err != nil {
		return fmt.Errorf("fsck of Tessera: %w", err)
	}
	fmt.Printf("fsck of Tessera: the same log in %.1f s\n", time.Since(began).Seconds())
	return nil
}
