//go:build unix

package log_test

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"syscall"
	"testing"
	"time"

	"curfew/shared/evidence/log"
)

// texts512 has n texts of 512 bytes.
func texts512(n int) [][]byte {
	all := make([][]byte, n)
	for i := range all {
		all[i] = fmt.Appendf(bytes.Repeat([]byte{'x'}, 500), "%012d", i)
	}
	return all
}

// perSecond reports records a second of processor time, which other processes do not change much.
func perSecond(b *testing.B, records int, loop func()) {
	before := cpuTime()
	n := 0
	for b.Loop() {
		loop()
		n++
	}
	b.ReportMetric(float64(records*n)/(cpuTime()-before).Seconds(), "records/cpu-s")
}

func cpuTime() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkSHA256 is the unit of the others: 512 bytes hashed as one.
func BenchmarkSHA256(b *testing.B) {
	texts := texts512(1000)
	perSecond(b, len(texts), func() {
		for _, text := range texts {
			sha256.Sum256(text)
		}
	})
}

// BenchmarkAppend reports records a second of one core.
func BenchmarkAppend(b *testing.B) {
	for _, batch := range []int{99, 10_000} {
		b.Run(fmt.Sprint(batch), func(b *testing.B) {
			texts, edge := texts512(batch), log.NewEdge()
			perSecond(b, batch, func() {
				g, err := edge.Append(texts)
				if err != nil {
					b.Fatal(err)
				}
				edge = g.Edge
			})
		})
	}
}

// BenchmarkVerify reports entries a second of one core: the tree alone with entries of 512 bytes, and a log of lives.
func BenchmarkVerify(b *testing.B) {
	const n = 65_536
	m := newMade(b)
	m.texts = texts512(n)
	m.publish(b)
	b.Run("tree", func(b *testing.B) {
		perSecond(b, n, func() {
			if err := log.VerifyTree(b.Context(), m, m.edge.Tree); err != nil {
				b.Fatal(err)
			}
		})
	})
	m = lives(b, n, n)
	b.Run("chains", func(b *testing.B) {
		perSecond(b, int(m.edge.Tree.N), func() {
			if r := m.verify(b, m, log.Options{Workers: 1}); !r.Verified() {
				b.Fatal(r.Problems)
			}
		})
	})
}
