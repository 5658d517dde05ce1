-- For whom a doctor set the SpO2 scale of NEWS2 for hypercapnic failure, and who that was.

CREATE TABLE scale_two (
    patient_id TEXT PRIMARY KEY REFERENCES patient (id),
    name       TEXT NOT NULL,
    rpps       TEXT NOT NULL,
    set_utc    TEXT NOT NULL
) STRICT, WITHOUT ROWID;
