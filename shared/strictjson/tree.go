package strictjson

// Value is one JSON value with its place.
type Value struct {
	Kind    Kind
	Offset  int      // of its first byte
	Text    string   // of a string; a number or word as written
	Members []Member // of an object, in order
	Items   []Value  // of a list
}

type Member struct {
	Name   string
	Offset int
	Value  Value
}

// Parse reads the text into a tree. The error is an [*Error].
func Parse(text string, r Rules) (*Value, error) {
	s, err := Scan(text, r)
	if err != nil {
		return nil, err
	}
	v := &Value{}
	s.value(v)
	return v, nil
}

func (s *Scanner) value(v *Value) {
	v.Kind, v.Offset = s.Next(), s.at
	switch v.Kind {
	case Object:
		for s.Enter(); !s.Closed(); {
			if v.Members == nil {
				v.Members = make([]Member, 0, 4) // usually enough
			}
			v.Members = append(v.Members, Member{Offset: s.at})
			v.Members[len(v.Members)-1].Name = s.Scalar()
			s.value(&v.Members[len(v.Members)-1].Value)
		}
	case List:
		for s.Enter(); !s.Closed(); {
			v.Items = append(v.Items, Value{})
			s.value(&v.Items[len(v.Items)-1])
		}
	default:
		v.Text = s.Scalar()
	}
}
