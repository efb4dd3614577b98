package evidence

// DecodeBothWays decodes by the layout of Append alone, and by the general way alone.
func DecodeBothWays(text []byte) (fast Record, fastGap int, ok bool, general Record, gap int, err error) {
	fast, fastGap, ok = fromLayout(text, string(text))
	general, gap, err = decodeAny(text, string(text))
	return fast, fastGap, ok, general, gap, err
}
