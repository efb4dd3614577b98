package difference

// Added is whether the difference has a call: by its resources alone.
func Added(today Today, grant Grant) func(action, resource string) bool {
	type cell struct{ resources, except []glob }
	cells := map[string][]cell{}
	w := begin(today, grant)
	w.among = []string{"dynamodb", "s3"}
	w.each = func(action string, o *outcome) {
		c := cell{resources: o.added}
		for _, e := range o.except {
			c.except = append(c.except, newGlob(e, true))
		}
		cells[action] = append(cells[action], c)
	}
	w.run()
	// may: some value of a variable may fit.
	has := func(all []glob, resource string, may bool) bool {
		for _, g := range all {
			if g.contains(newGlob(resource, false)) || g.text == resource {
				return true
			}
			for _, s := range g.symbols {
				if s.kind == variable && may {
					return true
				}
			}
		}
		return false
	}
	return func(action, resource string) bool {
		for _, c := range cells[action] {
			if has(c.resources, resource, true) && !has(c.except, resource, false) {
				return true
			}
		}
		return false
	}
}

// ReadsData is the table of actions that read data.
func ReadsData() map[string][]string { return dataOut() }

// Contains and Overlaps compare patterns of resources.
func Contains(a, b string) bool { return newGlob(a, true).contains(newGlob(b, true)) }
func Overlaps(a, b string) bool { return newGlob(a, true).overlaps(newGlob(b, true)) }
