// Command lakeyear makes the log of a year in a folder, rebuilds its lake, asks DuckDB and SQLite all queries, and prints rates,
// sizes, and what Athena would scan and charge:
//
//	go -C scripts/oracles run ./lakeyear -days 365 -daily 1000 -folder /tmp/year
package main

import (
	"context"
	"crypto/ed25519"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"curfew/shared/audit"
	"curfew/shared/audit/audittest"
	"curfew/shared/audit/lake"
	"curfew/shared/evidence/log"
)

// year is what the steps have made.
type year struct {
	audittest.Options
	log, lake string // folders
	tree      tlog.Tree
	facts     *audittest.Facts
}

func main() {
	days := flag.Int("days", 365, "days")
	daily := flag.Int("daily", 1000, "elevations a day")
	folder := flag.String("folder", "", "an empty folder")
	flag.Parse()
	y := &year{Options: audittest.Options{Days: *days, Daily: *daily, Seed: 1}, log: filepath.Join(*folder, "log"), lake: filepath.Join(*folder, "lake")}
	for _, step := range []func(context.Context, *year) error{makeLog, live, rebuild, sizes, one, ask} {
		if err := step(context.Background(), y); err != nil {
			fmt.Fprintln(os.Stderr, "lakeyear:", err)
			os.Exit(1)
		}
	}
}

// makeLog publishes a checkpoint a thousand entries.
func makeLog(ctx context.Context, y *year) error {
	began, key := time.Now(), log.MemoryKey(ed25519.NewKeyFromSeed([]byte(strings.Repeat("k", ed25519.SeedSize))))
	name, err := log.VerifierKey(ctx, audittest.Origin, key)
	if err != nil {
		return err
	}
	y.Keys = []string{name}
	l, edge := &log.Log{Origin: audittest.Origin, Objects: &log.Folder{Path: y.log}, Keys: []log.Key{key}}, log.NewEdge()
	var texts [][]byte
	publish := func() error {
		g, err := edge.Append(texts)
		if err == nil {
			err = l.Publish(ctx, g)
		}
		edge, texts = g.Edge, nil
		return err
	}
	y.facts, err = audittest.Generate(y.Options, func(text []byte) error {
		if texts = append(texts, text); len(texts) < 4096 {
			return nil
		}
		return publish()
	})
	if err == nil {
		err = publish()
	}
	y.tree = edge.Tree
	fmt.Printf("%d elevations, %d entries, made in %.1f s; verifier key %s\n", len(y.facts.Elevations), y.facts.Entries, time.Since(began).Seconds(), name)
	return err
}

// live prints how large the rows are as JSON, of at most the last 30 days.
func live(ctx context.Context, y *year) error {
	began := time.Now()
	folder := y.lake + ".json"
	from := max(0, y.tree.N-y.tree.N*30/int64(y.Days))
	f := lake.Lake{Objects: &log.Folder{Path: folder}}
	if err := f.JSON(ctx, &log.Folder{Path: y.log}, y.tree, from, y.tree.N); err != nil {
		return err
	}
	n := y.tree.N - from
	fmt.Printf("JSON: the rows of the last %d entries written in %.1f s, %.0f entries/s\n", n, time.Since(began).Seconds(), float64(n)/time.Since(began).Seconds())
	return printSizes(folder, "json", n)
}

func rebuild(ctx context.Context, y *year) error {
	began := started()
	err := lake.Lake{Objects: &log.Folder{Path: y.lake}}.Rebuild(ctx, &log.Folder{Path: y.log}, y.tree, func(int64) {})
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	all, busy := began.took()
	fmt.Printf("rebuild: %d entries checked against the tree and written as Parquet in %.1f s, %.1f s of %d processors, %.0f entries/s; %d MB from the system\n",
		y.tree.N, all, busy, runtime.GOMAXPROCS(0), float64(y.tree.N)/all, memory.Sys>>20)
	return err
}

func sizes(_ context.Context, y *year) error { return printSizes(y.lake, "parquet", y.tree.N) }

func printSizes(folder, form string, entries int64) error {
	for _, t := range audit.Tables() {
		files, bytes := 0, int64(0)
		err := filepath.WalkDir(filepath.Join(folder, form, t.Name), func(_ string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			info, err := d.Info()
			if err == nil {
				files, bytes = files+1, bytes+info.Size()
			}
			return err
		})
		if err != nil && !os.IsNotExist(err) {
			return err
		}
		fmt.Printf("%s %s: %d files, %.1f MB, %.0f bytes an entry of the log\n", form, t.Name, files, float64(bytes)/1e6, float64(bytes)/float64(entries))
	}
	return nil
}
