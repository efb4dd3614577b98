package compare

import "math/rand/v2"

// Pick picks one of all.
func Pick[T any](r *rand.Rand, all []T) T { return all[r.IntN(len(all))] }

// Some picks one to three different ones.
func Some[T any](r *rand.Rand, all []T) (out []T) {
	for _, i := range r.Perm(len(all))[:1+r.IntN(min(3, len(all)))] {
		out = append(out, all[i])
	}
	return out
}
