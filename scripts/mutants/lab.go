package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"
)

// lab makes and tests mutants.
type lab struct {
	root   string // of the module
	temp   string // a folder for everything that is written
	suites func(mutant) []suite
}

// fate is what became of a mutant.
type fate struct {
	mutant mutant
	caught string // by which suite; "": it survived
	text   string // output of that suite
	cut    bool   // interrupted: no result
	wrong  string // it does not apply, or does not compile
	took   time.Duration
}

// all returns the fates in the order of the mutants; if interrupted, only of those that finished.
func (l lab) all(ctx context.Context, chosen []mutant, parallel int, p *progress) []fate {
	fates := make([]fate, len(chosen))
	next := make(chan int)
	var workers sync.WaitGroup
	for range parallel {
		workers.Go(func() {
			for i := range next {
				fates[i] = l.one(ctx, chosen[i])
				p.done(fates[i])
			}
		})
	}
	begun := 0
	for ; begun < len(chosen) && ctx.Err() == nil; begun++ {
		next <- begun
	}
	close(next)
	workers.Wait()
	return slices.DeleteFunc(fates[:begun], func(f fate) bool { return f.cut })
}

// one makes a mutant and runs the suites until one fails.
func (l lab) one(ctx context.Context, m mutant) (f fate) {
	f.mutant = m
	began := time.Now()
	defer func() { f.took = time.Since(began) }()
	folder := filepath.Join(l.temp, m.folder())
	overlay, err := m.overlay(l.root, folder)
	if err != nil {
		f.wrong = err.Error()
		return f
	}
	defer os.RemoveAll(folder) // large, and removed at the end anyway
	for _, s := range l.suites(m) {
		text, v := s.run(ctx, l.root, overlay, folder)
		if f.cut = ctx.Err() != nil; f.cut {
			return f
		}
		switch v {
		case failed:
			f.caught, f.text = s.noticed(text), text
			return f
		case broken: // a compile error says nothing about the tests
			f.wrong, f.text = "mutant "+m.name+" does not compile", text
			return f
		}
	}
	return f
}

// sound returns an error if a suite fails without a mutant: it would catch every mutant and show nothing.
func (l lab) sound(ctx context.Context, chosen []mutant) error {
	seen := map[string]bool{}
	for _, m := range chosen {
		for _, s := range l.suites(m) {
			key := s.name + s.pkg
			if seen[key] {
				continue
			}
			seen[key] = true
			if text, v := s.run(ctx, l.root, "", l.temp); v != passed {
				return fmt.Errorf("%s (%s) fails without any mutant\n%s", s.name, s.pkg, firstLines(text))
			}
		}
	}
	return nil
}
