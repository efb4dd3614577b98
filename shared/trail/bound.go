package trail

// Bound drops names until each table has at most so many. Merged usages may then count a name in part: [Table.More] has
// the rest.
func (u *Usage) Bound(most int) {
	for _, t := range []*Table{&u.Actions, &u.Denials, &u.Resources, &u.Sources, &u.Sessions, &u.Outlive} {
		for len(t.Rows) > most {
			t.findLast(&u.key)
			t.More += t.Rows[t.last].Events
			delete(t.Rows, t.last)
			t.last = ""
		}
	}
}
