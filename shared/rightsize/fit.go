package rightsize

// fit shortens the statements to the limit: by wildcards that allow no other known action, then by lossy ones.
func fit(all []*narrowed, size func() int, limit int) (lossy, fits bool) {
	if size() <= limit {
		return false, true
	}
	for _, n := range all {
		for _, e := range n.entries {
			for _, g := range e.groups() {
				g.at = joined
			}
		}
	}
	for over := size() - limit; over > 0; over = size() - limit {
		lossy = true
		if !shorten(all) {
			break
		}
	}
	if size() > limit {
		for _, n := range all {
			for _, e := range n.entries {
				e.asIs = e.asIs || len(e.kept) > 0
			}
		}
	}
	return lossy, size() <= limit
}

// shorten takes the step that saves most characters for each further action; false: there is none.
func shorten(all []*narrowed) bool {
	var best *group
	var to level
	rate := 0.0
	for _, n := range all {
		for _, e := range n.entries {
			if e.asIs {
				continue
			}
			for _, g := range e.groups() {
				now := e.form(g, g.at)
				for at := g.at + 1; at <= whole; at++ {
					f := e.form(g, at)
					if r := float64(now.length-f.length) / float64(1+max(0, f.more-now.more)); f.length < now.length && r > rate {
						best, to, rate = g, at, r
					}
				}
			}
		}
	}
	if best == nil {
		return false
	}
	best.at = to
	return true
}
