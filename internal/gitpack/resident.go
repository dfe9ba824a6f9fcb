package gitpack

// Mapped files are not memory that the program owns, but whoever looks at how
// much it takes sees them. So a walk lets go of their pages now and then.
const (
	// residentLimit is how much of the mapped files may be resident.
	residentLimit = 64 << 20
	// unloadBytes is how much all workers together touch before one looks how
	// much is.
	unloadBytes = 32 << 20
	// touchedMin is what one look at a mapped file makes resident at the least:
	// a few pages around it.
	touchedMin = 8 << 10
)

// unload lets go of mapped pages if there are many.
func (s *Store) unload() {
	if resident() < residentLimit {
		return
	}
	for _, p := range s.packs {
		if p.data != nil {
			unload(p.data)
		}
		if p.idxFile != nil && p.idxFile.data != nil {
			unload(p.idxFile.data)
		}
	}
}
