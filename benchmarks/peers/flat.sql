SELECT r.uuid AS id, r.started_at, r.ended_at, r.status, r.setup_duration_seconds, r.running_at, r.units_produced,
  r.target_quantity, r.batch_number, m.uuid AS machine_id, m.name AS machine_name, m.uom AS machine_uom,
  s.uuid AS site_id, s.name AS site_name, s.location AS site_location, p.uuid AS product_id, p.sku AS product_sku,
  p.description AS product_description, o.uuid AS operator_id, o.full_name AS operator_full_name
FROM run r
JOIN machine m ON m.id = r.machine_id
JOIN site s ON s.id = r.site_id
JOIN product p ON p.id = r.product_id
LEFT JOIN operator o ON o.id = r.operator_id
WHERE r.company_id = 1 AND r.status = 'completed'
ORDER BY r.started_at DESC, r.uuid
