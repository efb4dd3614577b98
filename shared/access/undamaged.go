package access

import "curfew/shared/fault"

// readUndamaged reads all at once. If one is damaged, it reads each alone, because the others must be shown. A damaged one
// has an error in damaged, and an empty place in all.
func readUndamaged[T any](ids []string, read func(ids ...string) ([]T, error)) (all []T, damaged []error, err error) {
	damaged = make([]error, len(ids))
	if all, err = read(ids...); fault.KindOf(err) != fault.Internal {
		return all, damaged, err
	}
	all = make([]T, len(ids))
	for i, id := range ids {
		one, err := read(id)
		switch {
		case fault.KindOf(err) == fault.Internal:
			damaged[i] = err
		case err != nil:
			return nil, nil, err
		default:
			all[i] = one[0]
		}
	}
	return all, damaged, nil
}
