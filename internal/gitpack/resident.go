package gitpack

// Mapped files are not memory that the program owns, but whoever looks at how
// much it takes sees them. So a walk lets go of their pages now and then.
const (
	// residentLimit is how much of the mapped packs may be resident.
	residentLimit = 64 << 20
	// unloadBytes is how much all workers together touch before one looks how
	// much is.
	unloadBytes = 32 << 20
	// touchedMin is what one look at a mapped file makes resident at the least:
	// a few pages around it.
	touchedMin = 8 << 10
)

// unload lets go of mapped pages of packs if many are resident. Those of indexes
// stay: ids are looked up in no order, so that each would come back at once.
func (s *Store) unload() {
	limit := int64(residentLimit)
	for _, p := range s.packs {
		if p.idxFile != nil {
			limit += int64(len(p.idxFile.data))
		}
	}
	if resident() < limit {
		return
	}
	for _, p := range s.packs {
		if p.data != nil {
			unload(p.data)
		}
	}
}
