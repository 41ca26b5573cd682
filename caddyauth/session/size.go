package session

// size is about how much memory a session takes, for what bounds it in bytes. What
// a configuration derives from a session is not known here and comes on top.
func (s *Session) size() int {
	const fixed = 700 // the struct, and the names of its marks
	n := fixed + len(s.ID) + len(s.Issuer) + len(s.Subject) + len(s.Login) + len(s.Email) +
		len(s.RefreshToken) + len(s.AccessToken) + len(s.IDToken)
	return n + sizeOf(s.Claims)
}

// sizeOf a claim's value: what it points to, and its own place in a list or map.
func sizeOf(value any) int {
	const place, text, table = 16, 24, 300
	switch v := value.(type) {
	case string:
		return place + text + len(v)
	case []any:
		n := place + text
		for _, item := range v {
			n += sizeOf(item)
		}
		return n
	case map[string]any:
		n := table
		for name, item := range v {
			n += place + text + len(name) + sizeOf(item)
		}
		return n
	}
	return place + text
}
