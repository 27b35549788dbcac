"""The sample chain 安居家品: invented stores, people, products and orders, the same at every writing.

`stores.csv` and `catalogue.csv` are written by hand; from them `stores.py` makes stores, crews and territories,
`goods.py` the products, `people.py` the customers, `orders.py` what they bought; `generate.py` writes it all, and
`chance.py` picks without a die. What is written, instants as RFC 3339, several phones or SKUs with `;` between:

    customers.csv  customer_id, name, phones (E.164), email, language
    products.csv   sku, name, category
    orders.csv     order_id, customer_id, store_id, ordered_at, skus, warranty_ends_at
"""
