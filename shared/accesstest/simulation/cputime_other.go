//go:build !unix

package simulation

import "time"

func cpuTime() time.Duration { return 0 }
