-- Everything a store keeps, in one table of rows that are compared bytewise: one statement can then lock, read or write rows of
-- every sort, and a write takes few round trips. storage/mysql/entries.h says what the columns hold.
CREATE TABLE IF NOT EXISTS entries (
  space TINYINT UNSIGNED NOT NULL,
  owner VARBINARY(16) NOT NULL,
  name VARBINARY(1200) NOT NULL,
  revision BIGINT UNSIGNED NOT NULL,
  value MEDIUMBLOB NOT NULL,
  PRIMARY KEY (space, owner, name)
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC;
-- The counters that every commit locks: how far each partition of the feed reaches, and its share of the totals. A row that is not
-- there cannot be locked.
INSERT IGNORE INTO entries (space, owner, name, revision, value) VALUES
  (10, '', x'666565642f00', 0, x'0000'),
  (10, '', x'666565642f01', 0, x'0000'),
  (10, '', x'666565642f02', 0, x'0000'),
  (10, '', x'666565642f03', 0, x'0000'),
  (10, '', x'666565642f04', 0, x'0000'),
  (10, '', x'666565642f05', 0, x'0000'),
  (10, '', x'666565642f06', 0, x'0000'),
  (10, '', x'666565642f07', 0, x'0000'),
  (10, '', x'666565642f08', 0, x'0000'),
  (10, '', x'666565642f09', 0, x'0000'),
  (10, '', x'666565642f0a', 0, x'0000'),
  (10, '', x'666565642f0b', 0, x'0000'),
  (10, '', x'666565642f0c', 0, x'0000'),
  (10, '', x'666565642f0d', 0, x'0000'),
  (10, '', x'666565642f0e', 0, x'0000'),
  (10, '', x'666565642f0f', 0, x'0000'),
  (10, '', x'746f74616c732f30', 0, x'000000'),
  (10, '', x'746f74616c732f31', 0, x'000000'),
  (10, '', x'746f74616c732f32', 0, x'000000'),
  (10, '', x'746f74616c732f33', 0, x'000000'),
  (10, '', x'746f74616c732f34', 0, x'000000'),
  (10, '', x'746f74616c732f35', 0, x'000000'),
  (10, '', x'746f74616c732f36', 0, x'000000'),
  (10, '', x'746f74616c732f37', 0, x'000000'),
  (10, '', x'746f74616c732f38', 0, x'000000'),
  (10, '', x'746f74616c732f39', 0, x'000000'),
  (10, '', x'746f74616c732f3130', 0, x'000000'),
  (10, '', x'746f74616c732f3131', 0, x'000000'),
  (10, '', x'746f74616c732f3132', 0, x'000000'),
  (10, '', x'746f74616c732f3133', 0, x'000000'),
  (10, '', x'746f74616c732f3134', 0, x'000000'),
  (10, '', x'746f74616c732f3135', 0, x'000000');
