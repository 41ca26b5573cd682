package oktasim_test

func shapeOf(prefix string, of any) map[string]bool { return nil }
