package detection

import "slices"

// maxMarks bounds the values that First remembers. Beyond, it forgets the value that was not seen for longest.
const maxMarks = 256

// add notes a value. It reports a hit if the value is new and not the first of all. The same event hits again if it comes again.
func (f *First) add(s *State, o observation) bool {
	lasts := int64(f.For.Seconds())
	at := slices.IndexFunc(s.Marks, func(m Mark) bool { return m.Value == o.value })
	if at < 0 {
		isNew := len(s.Marks) > 0
		s.Marks = append(slices.Clone(s.Marks), Mark{Value: o.value, At: o.at, Event: o.event, Last: o.at, New: isNew})
		if len(s.Marks) > maxMarks {
			oldest := 0
			for i, m := range s.Marks {
				if m.Last < s.Marks[oldest].Last {
					oldest = i
				}
			}
			s.Marks = slices.Delete(s.Marks, oldest, oldest+1)
		}
		return isNew
	}
	m := s.Marks[at]
	switch {
	case o.at > m.Last+lasts:
		m.At, m.Event, m.Last, m.New = o.at, o.event, o.at, true
	case o.at > m.Last+lasts/32: // fewer writes
		m.Last = o.at
	}
	if m != s.Marks[at] {
		s.Marks = slices.Clone(s.Marks)
		s.Marks[at] = m
	}
	return m.New && o.event == m.Event
}
